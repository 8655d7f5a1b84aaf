// Package httperr turns the answers of registries into errors, and tells the kinds of
// errors apart.
//
// The text of such an error is safe to print. It is bounded, has no control characters,
// and holds neither credentials nor the signature of a URL, whatever the registry sent.
package httperr
