// Package enginetest starts a Docker engine for one test and makes images that run on it without
// any network. A package works if the containers that Docker Compose creates from it answer.
//
// The engine is the machine's dockerd, started as root next to an engine that the user may run.
// It has separate data, socket and runtime folders, does not use the packet filter and the
// default bridge, and is removed, with its containers and networks, at the end of the test.
// Containers reach each other by service name on their Compose network, and the test reaches
// published ports on 127.0.0.1. The engine pulls over plain HTTP from registries on loopback
// addresses only, as it does by default.
package enginetest
