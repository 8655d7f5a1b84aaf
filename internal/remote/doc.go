// Package remote is a client of the OCI distribution specification
// (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md):
// the manifests and blobs of registries, read and written at the lowest cost
// in requests that the protocol allows.
//
// One Client serves one command. It pings each registry once, asks for the
// tokens of many repositories together, never has more requests under way
// than its jobs, repeats what failed for a passing reason, and slows down as
// a whole where a registry asks it to:
//
//	GetManifest, PutBlob, …      what the specification names
//	        │
//	        Do                   retries, backoff, Retry-After
//	        │
//	  slot · pace · token        jobs; a registry's own pace; authentication
//	        │
//	   http.Client               redirects, to which no credential follows
//
// Everything that a registry sends is taken for hostile: it is bounded in
// size, verified by digest, and cleaned before it gets into an error's text.
package remote
