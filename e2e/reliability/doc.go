// Package reliability tests that nothing is lost or half done when processes are killed,
// interrupted or run at the same time. Its soak test pushes, copies and deletes at random against
// registries that fail, cut and throttle, while processes are killed: docs/reliability.md.
package reliability
