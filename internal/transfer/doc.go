// Package transfer copies images between repositories, with as few requests and bytes as
// the protocol allows.
//
// An image is a graph: an index of manifests, each with a config and layers. Everything
// below one root is copied in parallel, bounded by the jobs of the remote.Client. Content that
// refers to other content is written after it, and the root comes last:
//
//	HEAD root at the target ── there ──▶ done: one request
//	  │ not there
//	GET manifest ─▶ blobs (in parallel) ─▶ PUT manifest ─▶ … ─▶ PUT root
//	                 │
//	                 ├ same registry: POST mount, nothing asked before
//	                 └ another registry: HEAD, then GET ══▶ PUT, streaming
//
// A copy inside one registry of a manifest with L layers is 1 GET, L+1 mounts and 1 PUT;
// between registries the bytes of each blob pass once. A copy that was interrupted leaves
// no manifest without its parts and, when it is made again, sends no blob that had arrived.
package transfer
