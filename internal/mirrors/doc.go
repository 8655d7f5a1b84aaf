// Package mirrors reads registries.conf, in which Podman, Skopeo and CRI-O are told where
// images are to be read: from mirrors, from another location, or not at all. Names without a
// registry, and the aliases for them, are left to those programs.
//
// See https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md.
package mirrors
