// Package reliability tests that nothing is lost or half done if processes are killed, interrupted or
// concurrent. Its soak test runs random pushes, copies and deletions against registries that fail,
// cut and throttle connections, while processes are killed. docs/reliability.md describes the
// results.
package reliability
