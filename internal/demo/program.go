package demo

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Program returns the running program, if a container can run it that has nothing else in it:
// a Linux executable that is linked statically. Otherwise it is an error that tells why not.
func Program() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err == nil {
		err = checkStatic(content)
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}

// checkStatic checks that an executable needs no other file.
func checkStatic(content []byte) error {
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("this ocompose is no program for Linux: %w", err)
	}
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("this ocompose needs the system's libraries: one that was built with CGO_ENABLED=0 needs none")
	}
	return nil
}
