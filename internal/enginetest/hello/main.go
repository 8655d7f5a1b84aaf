// Command hello is the program in the images of enginetest. It needs no other files in the image,
// and shows whether two containers reach each other and which files they have. It can also be the
// interpreter of a script.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

var client = http.Client{Timeout: 10 * time.Second}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "check" {
		if _, err := get("127.0.0.1", ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getenv("GREETING"))
	})
	http.HandleFunc("GET /from/{host}", func(w http.ResponseWriter, r *http.Request) {
		relay(w, r.PathValue("host"), "")
	})
	http.HandleFunc("GET /file/{path...}", func(w http.ResponseWriter, r *http.Request) {
		describe(w, "/"+r.PathValue("path"))
	})
	http.HandleFunc("GET /from/{host}/file/{path...}", func(w http.ResponseWriter, r *http.Request) {
		relay(w, r.PathValue("host"), "file/"+r.PathValue("path"))
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":80", nil))
	os.Exit(1)
}

// relay returns the response of another container in the network.
func relay(w http.ResponseWriter, host, path string) {
	body, err := get(host, path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = w.Write(body)
}

// describe prints a file, or each file below a folder: whether it is executable, its path and
// content, and whether it is writable.
func describe(w io.Writer, root string) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		can := "reads"
		if file, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			_ = file.Close()
			can = "writes"
		}
		if info.Mode()&0o100 != 0 {
			can += ", runs"
		}
		fmt.Fprintf(w, "%s (%s): %s\n", path, can, content)
		return nil
	})
}

// get returns the response of another container in the network.
func get(host, path string) ([]byte, error) {
	resp, err := client.Get("http://" + host + "/" + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
