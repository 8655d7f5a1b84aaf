package transfer

import (
	"context"
	"errors"
	"sync"
)

// onceEach runs a task once per key. A successful task is not repeated; a failed one may be.
type onceEach struct {
	mu    sync.Mutex
	tasks map[string]*task
}

type task struct {
	finished chan struct{}
	err      error
}

func newOnceEach() *onceEach { return &onceEach{tasks: map[string]*task{}} }

// do runs f unless it succeeded before under the same key. If it is running already, do waits for
// it and returns its error; if it ended because its caller canceled, f is run here.
func (o *onceEach) do(ctx context.Context, key string, f func() error) error {
	for {
		o.mu.Lock()
		t, running := o.tasks[key]
		if !running {
			t = &task{finished: make(chan struct{})}
			o.tasks[key] = t
		}
		o.mu.Unlock()
		if !running {
			o.run(key, t, f)
			return t.err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.finished:
		}
		if t.err == nil || !errors.Is(t.err, errAbandoned) && !gaveUp(t.err) || ctx.Err() != nil {
			return t.err
		}
	}
}

var errAbandoned = errors.New("the task ended without a result")

func (o *onceEach) run(key string, t *task, f func() error) {
	t.err = errAbandoned // if f panics
	defer func() {
		if t.err != nil {
			o.mu.Lock()
			delete(o.tasks, key)
			o.mu.Unlock()
		}
		close(t.finished)
	}()
	t.err = f()
}

func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
