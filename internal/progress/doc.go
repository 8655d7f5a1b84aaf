// Package progress tells people, and programs, how far a command is.
//
//	events of the wire and of copying ──▶ Reporter ──▶ state ──▶ view
//	                                                             ├ live   a line for each image, on a terminal
//	                                                             ├ plain  a line now and then, in a pipe or CI
//	                                                             └ json   a document a line
//
// What is told, in all views: what is copied with bytes, rate and time left; waits that a
// registry asks for, and attempts that are repeated more than once; and at the end what
// moved. A command that is done within moments tells nothing but the end.
package progress
