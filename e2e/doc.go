// Package e2e runs ocompose as a process, against registries: every command, from the outside.
// The packages below it need other programs, or take longer: clients (crane, oras, skopeo, Podman
// …), dockercompose, engine (a Docker engine), docs (the documentation), terminal, reliability
// (killed and concurrent processes), hostile (registries and packages), compare (speed).
//
// testdata/script has the contract of the command line, one script per case,
// named COMMAND_CASE.txtar and written in the language of
// github.com/rogpeppe/go-internal/testscript. Besides that package's commands
// a script may use:
//
//	registry [NAME] [OPTION...]   start a registry; $NAME, or $REG, is its address, $PORT its port. Options: noreferrers,
//	                              oci10, nodelete, auth (tokens; user alice, password secret; repositories
//	                              below public/ may be pulled by anyone), tls (with an untrusted certificate)
//	image REF [PLATFORM...]       push an image for the platforms; each image is different. With "docker" or
//	                              "attested" among the platforms it has Docker's media types or attestations,
//	                              with "again" the content of the last one
//	artifact REF TYPE             push an artifact with that artifactType, and no image
//	index REF TYPE                push an empty index with that artifactType
//	signature REF TYPE            push a referrer to REF with that artifactType
//	login HOST                    put alice's password for HOST into the Docker configuration
//	fault HOST METHOD PATH STATUS [TIMES]
//	                              respond to matching requests with STATUS from now on; "off" as METHOD ends it
//	requests mark                 forget the requests so far
//	requests count METHODS PATH N check the number of requests with one of METHODS (GET|PUT, or any) and PATH
//	digest REF                    print the digest that REF points at
//	manifest REF                  print the manifest that REF points at
//	tags REPOSITORY               print the tags of a repository; none if it does not exist
//	remove REPOSITORY             delete every tag and manifest of a repository, or with @DIGEST only that manifest
//	status N COMMAND...           run a command, which must exit with N, and whose error must have the common form
//	interrupt METHOD PATH CMD...  run a command, interrupt it (as Ctrl-C does) when a registry gets a matching
//	                              request, which gets no response, and check that it exits with 130
//	json FILE FIELD [VALUE]       print a field, such as .images[0].digest, of a JSON document, or check it
//	save NAME                     store the last standard output, without the final newline, in $NAME
//	expand FILE...                replace $REG in files with the registries' addresses
//	normal FILE                   print FILE with constant addresses, digests and sizes
//	plain FILE...                 check that the files contain no Go internals and no secrets
package e2e
