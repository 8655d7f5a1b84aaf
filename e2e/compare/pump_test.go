package compare

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// pumpVariable makes the test binary a program that only streams blobs.
const pumpVariable = "OCOMPOSE_PUMP"

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(meterVariable) != "":
		err = runMetered(os.Getenv(meterVariable))
	case os.Getenv(pumpVariable) != "":
		err = pumpAll(strings.Fields(os.Getenv(pumpVariable)))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pump is a program that only streams the blobs of a registry to a repository, in parallel: the
// minimum time for the bytes.
func pump(t *testing.T, from *registrytest.Server) program {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	var blobs []string
	for _, r := range from.Requests() {
		if d := r.Query.Get("digest"); r.Method == http.MethodPut && d != "" {
			blobs = append(blobs, d)
		}
	}
	require.NotEmpty(t, blobs)
	return program{name: "a plain pump", run: func(j job) [][]string {
		repo, _, _ := strings.Cut(strings.TrimPrefix(j.images[0], from.Host+"/"), ":")
		words := append([]string{"http://" + from.Host + "/v2/" + repo, "http://" + strings.Replace(j.to, "/", "/v2/", 1)}, blobs...)
		return [][]string{{"env", pumpVariable + "=" + strings.Join(words, " "), self}}
	}}
}

// pumpAll streams blobs. words are the source, the target and the digests.
func pumpAll(words []string) error {
	errs := make([]error, len(words))
	var all sync.WaitGroup
	for i, digest := range words[2:] {
		all.Go(func() { errs[i] = pumpOne(words[0], words[1], digest) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// pumpOne streams one blob.
func pumpOne(from, to, digest string) error {
	source, err := http.Get(from + "/blobs/" + digest)
	if err != nil {
		return err
	}
	defer source.Body.Close()
	started, err := http.Post(to+"/blobs/uploads/", "", nil)
	if err != nil {
		return err
	}
	started.Body.Close()
	location, err := started.Location()
	if err != nil {
		return err
	}
	query := location.Query()
	query.Set("digest", digest)
	location.RawQuery = query.Encode()
	return put(location, source)
}

// put uploads the body of a response.
func put(location *url.URL, source *http.Response) error {
	req, err := http.NewRequest(http.MethodPut, location.String(), source.Body)
	if err != nil {
		return err
	}
	req.ContentLength = source.ContentLength
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %s", location, res.Status)
	}
	return err
}
