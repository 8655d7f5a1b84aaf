// Command image builds the container image of ocompose from existing programs, and writes
// it to an image layout or pushes it:
//
//	image (-layout DIR | -push REF[,REF]...) PLATFORM=PROGRAM...
//
// It prints the digest of the image index. The image contains only the program and the root
// certificates.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	dir := flag.String("layout", "", "write an image layout to this `folder`")
	refs := flag.String("push", "", "push to these `references`, separated by commas")
	flag.Parse()
	if err := run(*dir, *refs, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(dir, refs string, args []string) error {
	if (dir == "") == (refs == "") || len(args) == 0 {
		return errors.New("give -layout DIR or -push REF, and PLATFORM=PROGRAM for each platform")
	}
	var programs []program
	for _, arg := range args {
		platform, path, _ := strings.Cut(arg, "=")
		p, err := readProgram(platform, path)
		if err != nil {
			return err
		}
		programs = append(programs, p)
	}
	index, err := buildIndex(programs)
	if err != nil {
		return err
	}
	if dir != "" {
		err = writeLayout(dir, index)
	} else {
		err = push(strings.Split(refs, ","), index)
	}
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(os.Stdout, digest)
	return err
}

// writeLayout writes a new image layout with the index in it.
func writeLayout(dir string, index v1.ImageIndex) error {
	if entries, _ := filepath.Glob(filepath.Join(dir, "*")); len(entries) > 0 {
		return fmt.Errorf("writing the image layout: %s is not empty", dir)
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendIndex(index)
}

// push pushes the index to each of the references.
func push(refs []string, index v1.ImageIndex) error {
	for _, ref := range refs {
		parsed, err := name.ParseReference(ref)
		if err != nil {
			return err
		}
		if err := remote.WriteIndex(parsed, index, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("pushing %s: %w", ref, err)
		}
	}
	return nil
}
