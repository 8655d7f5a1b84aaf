// Package remote is a client of registries, as the OCI distribution specification
// describes them (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md).
//
// Manifests are read, written and deleted, and blobs read, uploaded and mounted, by
// go-containerregistry: by its Puller (Get, Head, Layer) and Pusher (Upload, Put, Delete).
// It speaks over the transports of this package, which hold the policies that users
// notice. Each is an http.RoundTripper around the next, and chain.go composes them:
//
//	Puller, Pusher          go-containerregistry
//	   shortcuts            answers in a registry's stead, to save requests
//	   checked              turns other answers than the expected into errors
//	   resumable            continues blobs whose stream was cut
//	Do                      for requests that the library does not make
//	   endpoint             where a registry is: pings it, fills in scheme and host
//	   traffic.Repeat       tries again what failed for a temporary reason
//	   optional             gives up mounts and HEADs that are answered with 5xx
//	   bounded              reads answers to their end, up to a bound
//	   traffic.Limiter      the rate that a registry takes, and the jobs of the command
//	   auth.Transport       credentials and tokens
//	   traffic.Observe      tells the observer
//	   wire.Redirects       follows redirects
//	   auth.Attach          credentials, to their own origin only
//	   wire.PlainHTTP       refuses to speak without TLS
//	   wire.UserAgent
//	   wire.Stall           ends answers that stall
//	   http.Transport       or another, by WithTransport
//
// Some requests are made over Do and not by the library:
//
//   - The tag schema's lists of referrers, in package referrers. The library writes them
//     without regard for other writers and loses entries; here they are read and written
//     as they are, with conditions, and looked at again.
//   - The referrers API, in package referrers. The library reads one page, and takes any
//     answer with status 200 for a list.
//   - Pages of tags. The library follows links, which may lead to other hosts.
//
// The library's walk over an image (Pusher.Push) is not used either: it copies the children
// of an index one after the other, and asks for each blob before it is mounted. Package
// transfer has its own.
//
// Everything that a registry sends is taken for hostile: it is bounded in size, verified by
// its digest, and cleaned before it gets into the text of an error.
package remote
