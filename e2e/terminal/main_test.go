package terminal

import (
	"flag"
	"testing"

	"github.com/ocompose/ocompose/internal/programtest"
)

var update = flag.Bool("update", false, "update the recordings")

func TestMain(m *testing.M) { programtest.Main(m) }
