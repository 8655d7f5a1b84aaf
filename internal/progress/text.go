package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/console"
)

// Bytes formats a number of bytes for people.
func Bytes(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	case n < 10<<30:
		return fmt.Sprintf("%d MiB", n>>20)
	default:
		return fmt.Sprintf("%d GiB", n>>30)
	}
}

// count formats a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// brief formats a number of bytes with two or three digits, and returns its unit separately.
func brief(n int64) (digits, unit string) {
	value, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && value >= 1000 {
		value, units = value/1024, units[1:]
	}
	if value < 10 && units[0] != "B" {
		return fmt.Sprintf("%.1f", value), units[0]
	}
	return fmt.Sprintf("%.0f", value), units[0]
}

// perSecond formats a rate.
func perSecond(rate float64) string {
	digits, unit := brief(int64(rate))
	return digits + " " + unit + "/s"
}

// seconds formats a duration for people: "5 s", "2 min 5 s", "1 h 2 min".
func seconds(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	}
}

// howFar formats the progress: bytes, rate and time left, as far as known.
func (i *image) howFar() string {
	done, unit := brief(i.done)
	all, ofUnit := brief(i.all)
	if unit != ofUnit {
		done += " " + unit
	}
	parts := []string{fmt.Sprintf("%s of %s %s", done, all, ofUnit)}
	if rate := i.pace.rate(); rate > 0 && i.done < i.all {
		parts = append(parts, perSecond(rate))
	}
	if left, ok := i.remaining(); ok {
		parts = append(parts, seconds(left)+" left")
	}
	return strings.Join(parts, ", ")
}

// line formats the total progress in one line; empty if there is none.
func (s *state) line() string {
	var parts []string
	if s.total.blobs > 0 {
		done := s.total.blobs - s.total.left
		parts = append(parts, fmt.Sprintf("copying: %d of %s", done, count(s.total.blobs, "blob")), s.total.howFar())
	} else if s.traffic.requests > 0 {
		parts = append(parts, count(s.traffic.requests, "request"))
		if s.traffic.received > 0 {
			parts = append(parts, Bytes(s.traffic.received)+" received")
		}
		if s.traffic.sent > 0 {
			parts = append(parts, Bytes(s.traffic.sent)+" sent")
		}
	}
	if host := s.silent(); host != "" {
		parts = append(parts, waitingFor(host))
	}
	return strings.Join(parts, ", ")
}

// waitingFor returns the message for a host that has not answered yet.
func waitingFor(host string) string {
	return console.Printable("waiting for " + host + " to answer")
}

// briefly is a wait too short to report.
const briefly = 3 * time.Second

// summary formats the totals; empty if nothing was copied.
func (s *state) summary(now time.Time) string {
	if s.manifests == 0 {
		return ""
	}
	blobs := count(s.total.blobs, "blob")
	if s.total.left > 0 { // it was interrupted, or failed
		blobs = fmt.Sprintf("%d of %s", s.total.blobs-s.total.left, blobs)
	}
	text := fmt.Sprintf("copied %s and %s: %d mounted, %d there already, %d sent (%s)",
		count(s.manifests, "manifest"), blobs, s.mounted, s.present, s.sent, Bytes(s.traffic.blobs))
	took := now.Sub(s.started)
	if took < briefly {
		return text
	}
	text += " in " + seconds(took)
	if s.traffic.blobs > 0 {
		text += ", " + perSecond(float64(s.traffic.blobs)/took.Seconds())
	}
	return text
}

// minBar and maxBar limit the width of a bar.
const minBar, maxBar = 10, 30

// row is the line of an image on a terminal of a width, with as much as has room: its name,
// how far it is, and a bar.
func (i *image) row(width int) string {
	facts := i.howFar()
	room := width - len(facts) - 2
	if room < minName {
		return cut(i.name, width)
	}
	named := max(minName, min(console.TextWidth(i.name), room-minBar-2))
	bar := min(maxBar, room-named-2)
	if bar < minBar {
		return pad(cut(i.name, room), room) + "  " + facts
	}
	room -= bar + 2
	return pad(cut(i.name, room), room) + "  " + i.bar(bar) + "  " + facts
}

// minName is the minimum number of characters of a name.
const minName = 20

// bar returns a progress bar of a width.
func (i *image) bar(width int) string {
	full := 0
	if i.all > 0 {
		full = int(float64(width-2) * min(1, float64(i.done)/float64(i.all)))
	}
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", width-2-full) + "]"
}

func cut(text string, width int) string { return console.Shorten(console.Printable(text), width) }

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-console.TextWidth(text)))
}
