// Package clients tests what other programs do with packages: crane, oras, regctl, skopeo and
// Podman find, copy, load and pull them, and cosign and Notation sign them.
package clients
