// Package auth logs in to registries: with the credentials of a keychain, over Basic or
// Bearer authentication, and never at another host than the registry and its token server.
//
//	keychain.go   where credentials come from
//	challenge.go  what a registry asks for (WWW-Authenticate)
//	scope.go      what a token has to allow
//	batch.go      tokens for many repositories, requested together
//	token.go      tokens, requested when needed and kept
//	transport.go  decides on the credential of each request, and renews it after a 401
//	attach.go     adds it to the requests of its own origin only
//
// See https://distribution.github.io/distribution/spec/auth/token/.
package auth
