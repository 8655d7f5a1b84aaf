package progress

import (
	"fmt"
	"io"
	"time"
)

const (
	// firstLine is the time until a plain view prints its first progress line.
	firstLine = 5 * time.Second
	// betweenLines is the time between lines, and betweenLater the time after some minutes.
	betweenLines, betweenLater = 10 * time.Second, 30 * time.Second
	// later is the time until betweenLater applies.
	later = 3 * time.Minute
	// longImage is the minimum duration of an image's transfer for a separate message.
	longImage = 5 * time.Second
)

// plainView prints occasional progress lines.
type plainView struct {
	w    io.Writer
	said time.Time
	told map[*image]bool
}

func (v *plainView) interval() time.Duration { return time.Second }

func (v *plainView) update(s *state, now time.Time) {
	v.arrived(s)
	since, wait := now.Sub(s.started), betweenLines
	if since > later {
		wait = betweenLater
	}
	if since < firstLine || !v.said.IsZero() && now.Sub(v.said) < wait {
		return
	}
	if line := s.line(); line != "" {
		v.said = now
		fmt.Fprintln(v.w, line)
	}
}

// arrived reports finished images that took long.
func (v *plainView) arrived(s *state) {
	if v.told == nil {
		v.told = map[*image]bool{}
	}
	for _, i := range s.images {
		if took := i.ended.Sub(i.began); !i.ended.IsZero() && !v.told[i] && took >= longImage {
			v.told[i] = true
			fmt.Fprintf(v.w, "copied %s: %s in %s\n", cut(i.name, 0), Bytes(i.all), seconds(took))
		}
	}
}

func (v *plainView) tell(m message) { fmt.Fprintln(v.w, m.line) }

func (v *plainView) end(s *state, now time.Time) {
	if text := s.summary(now); text != "" {
		fmt.Fprintln(v.w, text)
	}
}

// silentView prints messages only.
type silentView struct{ w io.Writer }

func (silentView) interval() time.Duration  { return 0 }
func (silentView) update(*state, time.Time) {}
func (v silentView) tell(m message)         { fmt.Fprintln(v.w, m.line) }
func (silentView) end(*state, time.Time)    {}
