// Package docker runs the Docker CLI, which uses the engine that the user has selected, and
// Docker Compose, as the CLI plugin or docker-compose.
package docker
