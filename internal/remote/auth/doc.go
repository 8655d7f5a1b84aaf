// Package auth logs in to registries: with the credentials of a keychain, using Basic or
// Bearer authentication, and only at the registry and its token server.
//
//	keychain.go   the sources of credentials
//	challenge.go  the challenges of a registry (WWW-Authenticate)
//	scope.go      the scopes of tokens
//	batch.go      tokens for many repositories, requested together
//	token.go      tokens, requested when needed and cached
//	transport.go  selects the credential of each request, and renews it after a 401
//	attach.go     adds it only to requests to its own origin
//
// See https://distribution.github.io/distribution/spec/auth/token/.
package auth
