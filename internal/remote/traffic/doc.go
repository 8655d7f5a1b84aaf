// Package traffic controls how much a command sends concurrently, how fast, and what it
// retries.
//
//	Repeat       retries a request that failed temporarily
//	  Limiter    waits until the registry accepts another request (rate), then for a
//	             job of the command
//	    Observe  reports requests, bytes and waits
//
// Each is an http.RoundTripper around the next. Other retries, such as the rest of a blob
// or a whole upload, use [Attempts] as [Repeat] does. [Streams] decide how many blobs
// stream concurrently, depending on the connection.
package traffic
