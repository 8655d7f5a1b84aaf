// Package compose reads Docker Compose projects, finds the images that they
// name and pins them. It knows nothing of registries: references go in and
// come out as text.
package compose
