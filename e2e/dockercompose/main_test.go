package dockercompose

import (
	"testing"

	"github.com/ocompose/ocompose/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }
