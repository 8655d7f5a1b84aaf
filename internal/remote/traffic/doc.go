// Package traffic decides how much a command sends at a time, how fast, and what it
// sends again.
//
//	Repeat       sends a request again that failed for a temporary reason
//	  Limiter    waits until the registry takes one more request (rate), then for a
//	             job of the command
//	    Observe  reports requests, bytes and waits
//
// Each is an http.RoundTripper around the next. Whatever else is tried again, such as
// the rest of a blob or a whole upload, asks [Attempts] as [Repeat] does. [Streams] decide
// how many blobs stream at a time, by what the line carries.
package traffic
