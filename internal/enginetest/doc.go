// Package enginetest starts a Docker engine for one test and makes images that
// run on it without any network: a package is proven when the containers that
// Docker Compose makes of it answer.
//
// The engine is the machine's own dockerd, started by hand as root beside
// whatever engine the user may run: it has its own data, socket and runtime
// folders, keeps off the packet filter and the default bridge, and is gone,
// with its containers and networks, at the end of the test. Containers reach
// each other by service name on their Compose network, and the test reaches
// published ports on 127.0.0.1. The registries it pulls from over plain HTTP
// are those on loopback addresses, which is the engine's own rule.
package enginetest
