// Command hello is the program in the images that enginetest makes: small
// enough to need nothing else in the image, and able to show that two
// containers reach each other.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

var client = http.Client{Timeout: 10 * time.Second}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "check" {
		if _, err := get("127.0.0.1"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getenv("GREETING"))
	})
	http.HandleFunc("GET /from/{host}", func(w http.ResponseWriter, r *http.Request) {
		body, err := get(r.PathValue("host"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = w.Write(body)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":80", nil))
	os.Exit(1)
}

// get returns what another container of the network answers.
func get(host string) ([]byte, error) {
	resp, err := client.Get("http://" + host + "/")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
