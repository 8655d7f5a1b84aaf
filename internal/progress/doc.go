// Package progress shows the progress of a command to people and programs.
//
//	events of the wire and of copying ──▶ Reporter ──▶ state ──▶ view
//	                                                             ├ live   a line for each image, on a terminal
//	                                                             ├ plain  an occasional line, in a pipe or CI
//	                                                             └ json   one document per line
//
// All views show copies with bytes, rate and time left; waits that a
// registry requests, and attempts that are repeated more than once; and at the end what
// was transferred. A short command shows only the end.
package progress
