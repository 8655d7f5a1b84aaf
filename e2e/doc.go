// Package e2e runs ocompose as a process, against registries: every command, from the outside.
// The packages below it need other programs, or take longer: clients (crane, oras, skopeo, Podman
// …), dockercompose, engine (a Docker engine), docs (the documentation), terminal, reliability
// (killed and concurrent processes), hostile (registries and packages), compare (speed).
//
// testdata/script has the contract of the command line, one script a case,
// named COMMAND_CASE.txtar and written in the language of
// github.com/rogpeppe/go-internal/testscript. Besides that package's commands
// a script may use:
//
//	registry [NAME] [OPTION...]   start a registry; $NAME, or $REG, is its address, $PORT its port. Options: noreferrers,
//	                              oci10, nodelete, auth (tokens; user alice, password secret; repositories
//	                              below public/ may be pulled by anyone), tls (with a certificate that nobody knows)
//	image REF [PLATFORM...]       push an image for the platforms; no two images are the same. With "docker" or
//	                              "attested" among the platforms it has Docker's media types or attestations,
//	                              with "again" the content of the last one
//	artifact REF TYPE             push an artifact with that artifactType, and no image
//	index REF TYPE                push an empty index with that artifactType
//	signature REF TYPE            push a referrer to REF with that artifactType
//	login HOST                    put alice's password for HOST into the Docker configuration
//	fault HOST METHOD PATH STATUS [TIMES]
//	                              answer matching requests with STATUS from here on; "off" as METHOD ends it
//	requests mark                 forget the requests so far
//	requests count METHODS PATH N check how many requests had one of METHODS (GET|PUT, or any) and a PATH
//	digest REF                    print the digest that REF points at
//	manifest REF                  print the manifest that REF points at
//	tags REPOSITORY               print the tags of a repository, which may not exist
//	remove REPOSITORY             delete every tag and manifest of a repository, or with @DIGEST the one
//	status N COMMAND...           run a command, which has to exit with N, and to fail as every command does
//	interrupt METHOD PATH CMD...  run a command, interrupt it (as Ctrl-C does) when a registry gets a matching
//	                              request, which is never answered, and check that it exits with 130
//	json FILE FIELD [VALUE]       print a field, such as .images[0].digest, of a JSON document, or check it
//	save NAME                     put the last standard output, without line end, into $NAME
//	expand FILE...                put the registries' addresses into files, where they have $REG
//	normal FILE                   print FILE with addresses, digests and sizes made the same in every run
//	plain FILE...                 check that the files have nothing of Go's inner life and no secrets in them
package e2e
