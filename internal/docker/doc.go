// Package docker runs Docker's own programs: the command docker, which knows the engine that
// the user has chosen, and Docker Compose, its plugin or the program docker-compose.
package docker
