package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// endless is size bytes that take no memory. Each name has other bytes.
func endless(name string, size int64) io.Reader {
	return io.LimitReader(&repeat{piece: noise(1<<16, name)}, size)
}

type repeat struct {
	piece []byte
	at    int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.piece[r.at:])
	r.at = (r.at + n) % len(r.piece)
	return n, nil
}

// hollow is a registry that generates its blobs and stores only the digests of uploads.
type hollow struct {
	blobs   map[string]func() io.Reader
	sizes   map[string]int64
	arrived atomic.Int32
	wrong   atomic.Int32
}

func (h *hollow) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	_, digest, _ := strings.Cut(req.URL.Path, "/blobs/")
	blob, ok := h.blobs[digest]
	switch {
	case req.Method == http.MethodGet && ok:
		w.Header().Set("Content-Length", strconv.FormatInt(h.sizes[digest], 10))
		_, _ = io.Copy(w, blob())
	case req.Method == http.MethodHead:
		w.WriteHeader(http.StatusNotFound)
	case req.Method == http.MethodPost:
		w.Header().Set("Location", req.URL.Path+"1")
		w.WriteHeader(http.StatusAccepted)
	case req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/blobs/uploads/"):
		sum := sha256.New()
		_, _ = io.Copy(sum, req.Body)
		if "sha256:"+hex.EncodeToString(sum.Sum(nil)) != req.URL.Query().Get("digest") {
			h.wrong.Add(1)
		}
		h.arrived.Add(1)
		w.WriteHeader(http.StatusCreated)
	case req.Method == http.MethodPut:
		w.Header().Set("Docker-Content-Digest", path.Base(req.URL.Path))
		w.WriteHeader(http.StatusCreated)
	}
}

// peak samples the live heap until it is stopped.
func peak() (stop func() uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	done, result := make(chan struct{}), make(chan uint64)
	go func() {
		top := read()
		for {
			select {
			case <-done:
				result <- max(top, read())
				return
			case <-time.After(time.Millisecond):
				top = max(top, read())
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-result
	}
}

func TestMemoryDoesNotGrowWithLayers(t *testing.T) {
	const layers = 8
	tops := map[int64]uint64{}
	for _, size := range []int64{4 << 20, 40 << 20} {
		h := &hollow{blobs: map[string]func() io.Reader{}, sizes: map[string]int64{}}
		m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
		for i := range layers + 1 {
			name, n := fmt.Sprintf("layer %d", i), size
			if i == layers {
				n = 2
			}
			sum := sha256.New()
			_, _ = io.Copy(sum, endless(name, n))
			d := v1.Descriptor{MediaType: types.OCILayer, Size: n, Digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}}
			h.blobs[d.Digest.String()] = func() io.Reader { return endless(name, n) }
			h.sizes[d.Digest.String()] = n
			if i == layers {
				m.Config = d
			} else {
				m.Layers = append(m.Layers, d)
			}
		}
		src, dst := httptest.NewServer(h), httptest.NewServer(h)
		manifest := encoded(t, types.OCIManifestSchema1, m)
		cp := newCopier(newClient())
		require.NoError(t, cp.AddManifest(manifest))
		stop := peak()
		err := cp.Copy(context.Background(), repository(t, src.Listener.Addr().String()+"/src/image"), manifest.Descriptor,
			repository(t, dst.Listener.Addr().String()+"/team/app"))
		tops[size] = stop()
		require.NoError(t, err)
		require.EqualValues(t, layers+1, h.arrived.Load())
		require.Zero(t, h.wrong.Load())
		src.Close()
		dst.Close()
	}
	t.Logf("live heap at most: %d bytes with small layers, %d with ten times the size", tops[4<<20], tops[40<<20])
	// The heap includes both registries of the test.
	require.Less(t, tops[40<<20], uint64(32<<20))
}
