// Package filelock keeps processes that work on one folder apart. A lock ends with the
// process that has it, however that ends.
package filelock
