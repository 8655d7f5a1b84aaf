// Package transfer copies images between repositories, with as few requests and bytes as
// the protocol allows.
//
// An image is a graph: an index of manifests, each with a config and layers. Everything
// below one root is copied in parallel, bounded by the jobs of the remote.Client. Content that
// refers to other content is written after it, and the root comes last:
//
//	HEAD root at the target ── exists ──▶ done: one request
//	  │ missing
//	GET manifest ─▶ blobs (in parallel) ─▶ PUT manifest ─▶ … ─▶ PUT root
//	                 │
//	                 ├ same registry: POST mount, without an earlier check
//	                 └ another registry: HEAD, then POST and GET ══▶ PUT, streaming
//
// A copy of a manifest with L layers inside one registry takes 1 HEAD, 1 GET, L+1 mounts and
// 1 PUT; children of an index need no HEAD, and manifests that are known no GET. Between registries the bytes of each blob are transferred once. An interrupted copy leaves no
// manifest without its parts and, when repeated, does not send blobs that had arrived.
package transfer
