// Package transfer copies images between repositories at the lowest cost that
// the protocol allows.
//
// An image is a graph: an index of manifests, each with a config and layers.
// Below one root everything is copied in parallel, as deep as the graph goes,
// bounded by the jobs of the remote.Client; what refers to something is
// written after it, and the root comes last:
//
//	HEAD root at the target ── there ──▶ done: one request
//	  │ not there
//	GET manifest ─▶ blobs (in parallel) ─▶ PUT manifest ─▶ … ─▶ PUT root
//	                 │
//	                 ├ same registry: POST mount, nothing asked before
//	                 └ else: HEAD, then GET ══▶ PUT, streaming through
//
// So a copy inside one registry of a manifest with L layers is 1 GET, L+1
// mounts and 1 PUT, and between registries each blob's bytes pass once. A copy
// that was interrupted leaves no manifest without its parts and, done again,
// sends no blob that had arrived.
package transfer
