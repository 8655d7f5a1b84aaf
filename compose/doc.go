// Package compose reads Docker Compose projects, finds the images that they name, and pins
// them. It does not use registries: references go in and come out as strings.
//
// [Load] reads a project from disk and [Open] a composition from a registry, whose files
// are not trusted. Both return a [Project] with the files, byte for byte, the images, and
// the other files to package. A [Pinner] gives each image a reference with a digest, in the
// Compose files or in an override file next to them, and verifies that nothing else
// changes. Problems are [Error] values with a file and a line; [Errors] lists all of them.
//
// # How a Compose file is processed
//
// Each step is a package in compose/internal, and none imports one further down:
//
//	-f files, .env, environment
//	      │
//	   source      finds and reads them, as Docker Compose does
//	      │
//	  filegraph    parses each file once (yamlnode), with everything it includes and extends;
//	      │        from here on, every value has a line
//	    marks      chooses characters that are in none of the files
//	      │
//	   loading     hands the parsed files to compose-go, and returns the merged model, with
//	      │        the place in the files that each value comes from
//	      ├─────────────┬──────────────┬───────────────┐
//	    place         carry         flatten         secret
//	    images,       other files   one file        values that
//	    services      to package    of all          must not leave
//	      │             │              │               │
//	   Project ◄────────┴──────────────┴───────────────┘
//	      │  references with digests, per platform
//	   pinning     decides which values to edit and which images to override, edits the
//	      │        bytes (yamledit), and loads the result once to compare it
//	    files
//
// The packages variables (interpolation), model (the merged tree), localfile (bounded
// reading), problem (errors with positions), quiet and tally serve all of these.
package compose
