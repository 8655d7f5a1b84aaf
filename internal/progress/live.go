package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

const (
	// frames is the interval between redraws.
	frames = 150 * time.Millisecond
	// maxRows is the maximum number of images with a line.
	maxRows = 10
	// firstFrame is when lines are shown for the first time.
	firstFrame = 500 * time.Millisecond
)

// liveView keeps a line for each image up to date on a terminal.
type liveView struct {
	w io.Writer
	// options are additional options for the library, for tests.
	options []mpb.ContainerOption

	container *mpb.Progress
	redraw    chan any
	rows      map[*image]*row
	last      *row
}

// A row is a line on the terminal. The library draws it while the state changes, so it has
// a copy of its text.
type row struct {
	bar  *mpb.Bar
	text chan func(width int) string // of capacity 1: the current text
}

func (v *liveView) interval() time.Duration { return frames }

func (v *liveView) update(s *state, now time.Time) {
	if now.Sub(s.started) < firstFrame || s.line() == "" {
		return
	}
	v.open()
	shown := s.active()[:min(maxRows, len(s.active()))]
	for i, r := range v.rows {
		if !contains(shown, i) {
			r.bar.Abort(true)
			delete(v.rows, i)
		}
	}
	for _, i := range shown {
		if v.rows[i] == nil {
			v.rows[i] = v.add()
		}
		still := *i // the samples of its pace are only appended to
		v.rows[i].show(still.row)
	}
	line := s.line()
	v.last.show(func(width int) string { return cut(line, width) })
	v.redraw <- now
}

// open starts drawing.
func (v *liveView) open() {
	if v.container != nil {
		return
	}
	v.redraw = make(chan any)
	v.rows = map[*image]*row{}
	v.container = mpb.New(append([]mpb.ContainerOption{mpb.WithOutput(v.w), mpb.WithManualRefresh(v.redraw)}, v.options...)...)
	v.last = v.add()
	v.last.bar.SetPriority(1 << 20)
}

// add adds a line.
func (v *liveView) add() *row {
	r := &row{text: make(chan func(int) string, 1)}
	r.text <- func(int) string { return "" }
	fill := mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		text := <-r.text
		r.text <- text
		_, err := io.WriteString(w, text(stat.AvailableWidth))
		return err
	})
	bar, err := v.container.Add(0, fill, mpb.BarFillerTrim())
	if err != nil { // it is over
		return r
	}
	r.bar = bar
	return r
}

// show sets the text of a line.
func (r *row) show(text func(width int) string) {
	<-r.text
	r.text <- text
}

// tell prints a message above the lines.
func (v *liveView) tell(m message) {
	if v.container == nil {
		fmt.Fprintln(v.w, m.line)
		return
	}
	_, _ = io.WriteString(v.container, m.line+"\n")
}

func (v *liveView) end(s *state, now time.Time) {
	if v.container != nil {
		for _, r := range v.rows {
			r.bar.Abort(true)
		}
		v.last.bar.Abort(true)
		v.redraw <- now
		v.container.Wait()
	}
	if text := s.summary(now); text != "" {
		fmt.Fprintln(v.w, text)
	}
}

func contains(all []*image, i *image) bool {
	for _, each := range all {
		if each == i {
			return true
		}
	}
	return false
}
