package dockercompose

import (
	"context"
	"fmt"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/corpustest"
)

// fetchFrom returns a function that reads compositions that a corpus has published.
func fetchFrom(published map[string]corpustest.Published) compose.Fetch {
	return func(_ context.Context, ref string) (compose.Fetched, error) {
		for tag, each := range published {
			if ref != tag && ref != each.Ref {
				continue
			}
			files := []compose.File{{Name: "compose.yaml", Content: each.Main}}
			for name, content := range each.Carried {
				files = append(files, compose.File{Name: name, Content: content, Kind: compose.RestoredFile})
			}
			return compose.Fetched{Ref: each.Ref, Files: files}, nil
		}
		return compose.Fetched{}, fmt.Errorf("there is no %s", ref)
	}
}
