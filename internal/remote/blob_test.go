package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

var getBlobs = registrytest.On("GET", registrytest.Blobs)

func TestInterruptedBlobResumes(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	content := noise(400_000, 1)
	repo, d := filled(t, s, "team/app", content)
	s.Faults().Add(registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(100_000), Times: 3})
	c, k := newClient()
	b, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, b))
	var ranges []string
	for _, r := range s.Requests() {
		if v := r.Header.Get("Range"); v != "" {
			ranges = append(ranges, v)
			require.Equal(t, 206, r.Status)
		}
	}
	require.Equal(t, []string{"bytes=100000-399999", "bytes=200000-399999", "bytes=300000-399999"}, ranges)
	_, out := s.Bytes()
	require.Less(t, out, int64(len(content)+1000), "no byte is read twice")
	require.Len(t, k.waits, 3)
}

func TestInterruptedBlobWithoutRanges(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	content := noise(400_000, 1)
	repo, d := filled(t, s, "team/app", content)
	s.Faults().Add(
		registrytest.Fault{Match: getBlobs, Do: registrytest.IgnoreRange()},
		registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(100_000), Times: 1},
		// The second response is cut before the end of the first.
		registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(50_000), Times: 1},
	)
	c, _ := newClient()
	b, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, b))
}

// TestRejectedRange: registries that support only ranges with an end, or none.
func TestRejectedRange(t *testing.T) {
	t.Parallel()
	content := noise(400_000, 1)
	for status, ends := range map[int]bool{416: true, 400: true, 405: false, 412: false, 501: false, 417: false} {
		s := registrytest.Start(t)
		repo, d := filled(t, s, "team/app", content)
		ranged := func(req *http.Request) bool {
			v := req.Header.Get("Range")
			return v != "" && (!ends || strings.HasSuffix(v, "-"))
		}
		s.Faults().Add(
			registrytest.Fault{Match: getBlobs.And(ranged), Do: registrytest.Status(status)},
			registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(100_000), Times: 2},
		)
		c, _ := newClient()
		b, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
		if status == 417 {
			require.True(t, httperr.HasStatus(err, 417), "other errors are not about ranges: %v", err)
			continue
		}
		require.NoError(t, err, status)
		require.True(t, bytes.Equal(content, b))
		want := 3
		if !ends {
			want = 4 // the range is requested once
		}
		require.Equal(t, want, s.Count("GET", registrytest.Blobs), status)
	}
}

// TestInterruptedBlobOfGoContainerregistry reads from the registry of go-containerregistry, which
// responds with 416 to a range without an end.
func TestInterruptedBlobOfGoContainerregistry(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := noise(400_000, 1)
	reg := ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0)))
	var cuts atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if getBlobs(req) && cuts.Add(1) <= 3 {
			registrytest.CutAnswer(100_000)(reg).ServeHTTP(w, req)
			return
		}
		reg.ServeHTTP(w, req)
	}))
	defer srv.Close()
	c, _ := newClient()
	repo := repository(t, srv.Listener.Addr().String()+"/team/app")
	require.NoError(t, c.PutBlob(ctx, repo, blobOf(t, content), Bytes(content)))
	b, err := c.ReadBlob(ctx, repo, blobOf(t, content), 1<<20)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, b))
	require.EqualValues(t, 4, cuts.Load())
}

func TestBlobWithAWrongDescriptor(t *testing.T) {
	content := noise(100_000, 1)
	for name, tt := range map[string]struct {
		do   registrytest.Behavior
		size bool // or digest
	}{
		"corrupt":             {registrytest.Corrupt(), false},
		"longer":              {registrytest.Resize(5), true},
		"shorter":             {registrytest.Resize(-5), true},
		"longer, unannounced": {registrytest.Oversize(200_000), true},
		"other, unannounced":  {registrytest.Oversize(100_000), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			repo, d := filled(t, s, "team/app", content)
			s.Faults().Add(registrytest.Fault{Match: getBlobs, Do: tt.do})
			c, k := newClient()
			r, err := c.GetBlob(context.Background(), repo, d)
			if err == nil {
				var n int64
				n, err = io.Copy(io.Discard, r)
				require.LessOrEqual(t, n, d.Size)
				_, again := r.Read(make([]byte, 1))
				require.Equal(t, err, again, "the error must be repeated")
				require.NoError(t, r.Close())
			}
			var (
				se *SizeError
				de *DigestError
			)
			require.Equal(t, tt.size, errors.As(err, &se), "%v", err)
			require.Equal(t, !tt.size, errors.As(err, &de), "%v", err)
			require.ErrorContains(t, err, d.Digest.String())
			require.Empty(t, k.waits, "it must not be retried")
		})
	}
}

func TestWrongRange(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"bytes 0-99/400000", "bytes 100000-399999/400001", "", "pages 1-2/3"} {
		s := registrytest.Start(t)
		repo, d := filled(t, s, "team/app", noise(400_000, 1))
		s.Faults().Add(
			registrytest.Fault{Match: getBlobs, Do: registrytest.SetHeader("Content-Range", header), After: 1},
			registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(100_000), Times: 1},
		)
		c, _ := newClient()
		_, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
		require.Error(t, err, header)
	}
}

func TestResumingGivesUp(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	repo, d := filled(t, s, "team/app", noise(10_000, 1))
	// A single byte would count as progress forever.
	s.Faults().Add(registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(1)})
	c, _ := newClient()
	_, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
	require.ErrorContains(t, err, "the stream was interrupted at byte")
	require.LessOrEqual(t, s.Count("GET", registrytest.Blobs), 64+1, "resumed more often than it should be")

	s.Reset()
	s.Faults().Clear()
	s.Faults().Add(registrytest.Fault{Match: getBlobs, Do: registrytest.CutAnswer(0)})
	_, err = c.ReadBlob(context.Background(), repo, d, 1<<20)
	require.Error(t, err)
	require.LessOrEqual(t, s.Count("GET", registrytest.Blobs), DefaultRetry().Attempts)
}

func TestCancelEndsAStream(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/v2/" {
			return
		}
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(make([]byte, 10))
		_ = http.NewResponseController(w).Flush()
		close(started)
		<-req.Context().Done()
	}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	c, k := newClient()
	go func() {
		<-started
		cancel()
	}()
	_, err := c.ReadBlob(ctx, repository(t, srv.Listener.Addr().String()+"/team/app"), blobOf(t, noise(1000, 1)), 1<<20)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, k.waits)
}

func TestStalledStream(t *testing.T) {
	t.Parallel()
	content := noise(1000, 1)
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case req.URL.Path == "/v2/":
		case req.Header.Get("Range") == "":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write(content[:600])
			_ = http.NewResponseController(w).Flush()
			<-req.Context().Done()
		default:
			asked = append(asked, req.Header.Get("Range"))
			http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(content))
		}
	}))
	defer srv.Close()
	r := DefaultRetry()
	r.Stall = 500 * time.Millisecond
	c, _ := newClient(WithRetries(r))
	b, err := c.ReadBlob(context.Background(), repository(t, srv.Listener.Addr().String()+"/team/app"), blobOf(t, content), 1<<20)
	require.NoError(t, err)
	require.Equal(t, content, b)
	require.Equal(t, []string{"bytes=600-999"}, asked)
}

// TestStalledManifestIsRetried: stalls are detected for manifests too.
func TestStalledManifestIsRetried(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/v2/" {
			return
		}
		w.Header().Set("Content-Type", string(types.OCIImageIndex))
		if asked.Add(1) == 1 {
			w.Header().Set("Content-Length", strconv.Itoa(len(emptyIndex)))
			_, _ = w.Write(emptyIndex[:5])
			_ = http.NewResponseController(w).Flush()
			<-req.Context().Done()
		}
		_, _ = w.Write(emptyIndex)
	}))
	defer srv.Close()
	r := DefaultRetry()
	r.Stall = 500 * time.Millisecond
	c, k := newClient(WithRetries(r))
	_, err := c.GetManifest(context.Background(), repository(t, srv.Listener.Addr().String()+"/team/app").Tag("1"))
	require.NoError(t, err)
	require.EqualValues(t, 2, asked.Load())
	require.Len(t, k.waits, 1)
}

func TestClosingWhileReading(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	repo, d := filled(t, s, "team/app", noise(1_000_000, 1))
	c, _ := newClient(WithJobs(1))
	for range 20 {
		r, err := c.GetBlob(context.Background(), repo, d)
		require.NoError(t, err)
		read := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, r)
			read <- err
		}()
		_ = r.Close()
		if err := <-read; err != nil {
			require.ErrorContains(t, err, "the blob was closed during a read")
		}
	}
}

func TestUnknownAlgorithms(t *testing.T) {
	c, _ := newClient()
	_, err := c.GetBlob(context.Background(), repository(t, "127.0.0.1:1/a"), v1.Descriptor{Digest: v1.Hash{Algorithm: "md5", Hex: "00"}})
	require.ErrorContains(t, err, "md5")
}
