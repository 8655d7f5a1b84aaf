// Package mirrors reads registries.conf, the configuration of Podman, Skopeo and CRI-O for
// where to read images: from mirrors, from another location, or not at all. It ignores the
// settings for names without a registry, and their aliases.
//
// See https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md.
package mirrors
