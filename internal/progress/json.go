package progress

import (
	"encoding/json"
	"io"
	"time"
)

// A Line is a line of --progress json. docs/cli.md describes it.
type Line struct {
	Time string `json:"time"`
	// Event is "progress", "done", "note", "warning", "waiting" or "error".
	Event string `json:"event" enum:"progress,done,note,warning,waiting,error"`
	// Text is a message for people; absent for progress.
	Text string `json:"text,omitempty"`
	// Image is the image of the progress; absent for the total.
	Image string `json:"image,omitempty"`
	// Bytes are at the target, of Total bytes known so far.
	Bytes int64 `json:"bytes,omitempty"`
	Total int64 `json:"total,omitempty"`
	// Blobs have arrived, of BlobsTotal that are known.
	Blobs      int `json:"blobs,omitempty"`
	BlobsTotal int `json:"blobsTotal,omitempty"`
	// BytesPerSecond is the rate of the last seconds, and SecondsLeft what it makes of the
	// rest.
	BytesPerSecond int64 `json:"bytesPerSecond,omitempty"`
	SecondsLeft    int64 `json:"secondsLeft,omitempty"`
	// Host is the host that is waited for, and WaitSeconds the time.
	Host        string  `json:"host,omitempty"`
	WaitSeconds float64 `json:"waitSeconds,omitempty"`
	// Manifests and the following fields are the totals at the end.
	Manifests int `json:"manifests,omitempty"`
	Mounted   int `json:"mounted,omitempty"`
	Present   int `json:"present,omitempty"`
	Sent      int `json:"sent,omitempty"`
	// Try is the hint for an error, and Status its exit status.
	Try    string `json:"try,omitempty"`
	Status int    `json:"status,omitempty"`
}

// jsonView writes one document per line.
type jsonView struct {
	w     io.Writer
	clock Clock
	told  time.Time // when it last reported that a host does not answer
}

func (v *jsonView) interval() time.Duration { return time.Second }

func (v *jsonView) update(s *state, now time.Time) {
	if host := s.silent(); host != "" && now.Sub(v.told) >= betweenLines {
		v.told = now
		v.write(now, Line{Event: "waiting", Text: waitingFor(host), Host: host})
	}
	if s.total.blobs == 0 {
		return
	}
	v.write(now, progressOf(&s.total))
	for _, i := range s.active() {
		v.write(now, progressOf(i))
	}
}

func progressOf(i *image) Line {
	l := Line{Event: "progress", Image: i.name, Bytes: i.done, Total: i.all, Blobs: i.blobs - i.left, BlobsTotal: i.blobs, BytesPerSecond: int64(i.pace.rate())}
	if left, ok := i.remaining(); ok {
		l.SecondsLeft = int64((left + time.Second - 1) / time.Second)
	}
	return l
}

func (v *jsonView) tell(m message) {
	v.write(v.clock.Now(), Line{Event: m.kind, Text: m.text, Host: m.host, WaitSeconds: m.wait.Seconds()})
}

func (v *jsonView) end(s *state, now time.Time) {
	if text := s.summary(now); text != "" {
		v.write(now, Line{Event: "done", Text: text, Bytes: s.traffic.blobs, Blobs: s.total.blobs, Manifests: s.manifests, Mounted: s.mounted, Present: s.present, Sent: s.sent})
	}
}

func (v *jsonView) write(now time.Time, l Line) { WriteLine(v.w, now, l) }

// WriteLine writes one line of --progress json.
func WriteLine(w io.Writer, now time.Time, l Line) {
	l.Time = now.UTC().Format(time.RFC3339)
	raw, err := json.Marshal(l)
	if err == nil {
		_, _ = w.Write(append(raw, '\n'))
	}
}
