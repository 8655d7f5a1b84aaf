// Package mirrors reads registries.conf, in which Podman, Skopeo and CRI-O configure the sources
// of images: mirrors, another location, or none. It ignores the settings for names without a
// registry, and their aliases.
//
// See https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md.
package mirrors
