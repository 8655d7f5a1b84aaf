// Package remote is a client of registries of the OCI Distribution Specification
// (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md).
//
// Manifests are read, written and deleted, and blobs read, uploaded and mounted, by
// go-containerregistry: by its Puller (Get, Head, Layer) and Pusher (Upload, Put, Delete).
// It uses transports of ours, which implement the policies that users notice. Each is an
// http.RoundTripper around the next. Package content, which is the library's only user,
// composes those above Do, and chain.go the others:
//
//	Puller, Pusher          go-containerregistry
//	   shortcuts            answers some requests itself, to save round trips
//	   checked              converts unexpected responses to errors
//	   resumable            resumes interrupted blob downloads
//	◀ Do                    requests that the library does not make enter here
//	   endpoint             pings a registry, fills in scheme and host
//	   traffic.Repeat       retries temporary failures
//	   content.Optional     gives up mounts and HEADs that fail with 5xx
//	   wire.Bounded         reads responses to their end, up to a limit
//	   traffic.Limiter      the rate limit of a registry, and the jobs of the command
//	   auth.Transport       credentials and tokens
//	   traffic.Observe      reports to the observer
//	   wire.Redirects       follows redirects
//	   auth.Attach          adds credentials, only for their own origin
//	   wire.PlainHTTP       rejects requests without TLS
//	   wire.UserAgent
//	   wire.Stall           ends stalled responses
//	   http.Transport       or the one of WithTransport
//
// Some requests are sent with Do, not by the library:
//
//   - The tag schema's lists of referrers, in package referrers. The library writes them
//     without regard for other writers and loses entries; this package reads and writes
//     them byte for byte, with conditions, and checks them again.
//   - The referrers API, in package referrers. The library reads one page, and accepts any
//     response with status 200 as a list.
//   - Pages of tags. The library follows links, which may point to other hosts.
//
// The library's walk of an image (Pusher.Push) is not used either: it copies the children
// of an index sequentially, and checks for each blob before it mounts it. Package transfer
// has its own.
//
// Everything that a registry sends is treated as hostile: its size is limited, its digest
// verified, and its text sanitized before it is used in an error.
package remote
