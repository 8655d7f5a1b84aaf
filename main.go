// Command ocompose packages Docker Compose applications as OCI artifacts.
package main

func main() {}
