// Command site renders the documentation as a folder of HTML pages that need nothing else: no
// scripts, and no styles or fonts from elsewhere.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: site REPOSITORY FOLDER")
		os.Exit(2)
	}
	s, err := load(os.DirFS(os.Args[1]))
	if err == nil {
		err = s.check()
	}
	if err == nil {
		err = s.write(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}
