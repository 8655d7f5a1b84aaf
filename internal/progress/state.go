package progress

import (
	"time"

	"github.com/ocompose/ocompose/internal/transfer"
)

// A state is the progress so far.
type state struct {
	started time.Time
	now     time.Time // as of the last sample
	images  []*image  // in the order in which they began
	named   map[string]*image
	total   image // of all that is copied
	traffic traffic
	waits   waits

	mounted, present, sent int // blobs
	manifests              int
}

// An image is the progress of one image.
type image struct {
	name string
	// done bytes are at the target, of all bytes known so far.
	done, all int64
	blobs     int // found
	left      int // of them, not yet at the target
	began     time.Time
	ended     time.Time // zero while something is being copied
	pace      pace
	// passing is the number of transferred bytes of each incomplete blob.
	passing map[string]int64
}

func (s *state) begin(now time.Time) {
	s.started = now
	s.total.began = now
}

// image finds an image by its name, or begins one.
func (s *state) image(name string, now time.Time) *image {
	if i := s.named[name]; i != nil {
		return i
	}
	i := &image{name: name, began: now}
	if s.named == nil {
		s.named = map[string]*image{}
	}
	s.named[name] = i
	s.images = append(s.images, i)
	return i
}

// transfer records an event of a part of an image.
func (s *state) transfer(e transfer.Event, now time.Time) {
	size, key := e.Desc.Size, e.Desc.Digest.String()
	of := []*image{&s.total}
	if e.Image != "" {
		of = append(of, s.image(e.Image, now))
	}
	for _, i := range of {
		switch e.Kind {
		case transfer.BlobFound:
			i.find(size)
		case transfer.BlobBytes:
			i.pass(key, e.Bytes, size)
		case transfer.BlobPresent, transfer.BlobMounted, transfer.BlobSent:
			i.arrive(key, size, now)
		}
	}
	switch e.Kind {
	case transfer.BlobPresent:
		s.present++
	case transfer.BlobMounted:
		s.mounted++
	case transfer.BlobSent:
		s.sent++
		s.traffic.blobs += size
	case transfer.ManifestSent:
		s.manifests++
	}
}

// find adds a blob that the target needs.
func (i *image) find(size int64) {
	i.blobs++
	i.left++
	i.all += size
	i.ended = time.Time{}
}

// pass adds transferred bytes of a blob. Bytes that are sent again, because they did not
// arrive, don't count.
func (i *image) pass(key string, n, size int64) {
	if i.passing == nil {
		i.passing = map[string]int64{}
	}
	before := i.passing[key]
	i.passing[key] = min(before+n, size)
	i.done += i.passing[key] - before
}

// arrive records that a blob is at the target.
func (i *image) arrive(key string, size int64, now time.Time) {
	i.done += size - i.passing[key]
	delete(i.passing, key)
	if i.left--; i.left <= 0 {
		i.ended = now
	}
}

// sample records the progress, for the rate.
func (s *state) sample(now time.Time) {
	s.now = now
	s.total.pace.sample(now, s.total.done)
	for _, i := range s.images {
		if i.ended.IsZero() {
			i.pace.sample(now, i.done)
		}
	}
	s.traffic.pace.sample(now, s.traffic.received+s.traffic.sent)
}

// active returns the images that are being copied.
func (s *state) active() []*image {
	var all []*image
	for _, i := range s.images {
		if i.ended.IsZero() && i.blobs > 0 {
			all = append(all, i)
		}
	}
	return all
}

// remaining returns the time left for an image at the recent rate; ok is false if it
// is not known.
func (i *image) remaining() (left time.Duration, ok bool) {
	rate := i.pace.rate()
	if rate <= 0 || i.done >= i.all {
		return 0, false
	}
	return time.Duration(float64(i.all-i.done) / rate * float64(time.Second)), true
}
