// Package engine runs packages on a Docker engine: from a registry, from a file, and with `up`.
package engine
