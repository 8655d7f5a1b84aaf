package docs

import (
	"flag"
	"testing"

	"github.com/ocompose/ocompose/internal/programtest"
)

var update = flag.Bool("update", false, "fill in what the commands of the guides print")

func TestMain(m *testing.M) { programtest.Main(m) }
