package demo

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Program returns the running executable, if it can run in an empty container: a statically
// linked Linux executable. Otherwise it returns an error with the reason.
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
		return fmt.Errorf("this ocompose is not a Linux executable: %w", err)
	}
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("this ocompose is not statically linked: build it with CGO_ENABLED=0")
	}
	return nil
}
