// Package docs runs what the documentation shows: the commands of the README and the guides, the
// examples of the help and the man pages. It also checks JSON results against docs/schema.
package docs
