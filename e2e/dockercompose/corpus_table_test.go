package dockercompose

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"
)

// corpusResult is a row of the table.
type corpusResult struct {
	name             string
	services, images int
	loose, bundled   string
	flattened, why   string
	// flags are the flags used for packaging, and lost the mounted files that are not packaged.
	// broken are those of them that are mounted individually, before flags that only add files.
	flags, lost, broken []string
}

// printCorpus prints the result of each project.
func printCorpus(t *testing.T, results []corpusResult) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROJECT\tSERVICES\tIMAGES\tLOOSE\tBUNDLED\tFLATTENED\tCOMPLETE\tFLAGS\t")
	runs, refused, unread, halves := 0, 0, 0, 0
	for _, r := range results {
		complete := "no"
		switch {
		case r.loose != "same":
		case len(r.lost) == 0:
			complete = "yes"
		default:
			complete = fmt.Sprintf("misses %d: %s", len(r.lost), strings.Join(r.lost[:min(len(r.lost), 3)], ", "))
		}
		if complete == "yes" && len(r.flags) <= 1 {
			runs++
		}
		switch {
		case r.loose == "":
			refused++
		case r.loose != "same":
			unread++
		case len(r.broken) > 0:
			halves++
			r.why += " starts without: " + strings.Join(r.broken[:min(len(r.broken), 3)], ", ")
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.services, r.images, r.loose, r.bundled, r.flattened, complete,
			strings.Join(r.flags, " "), r.why)
	}
	require.NoError(t, w.Flush())
	t.Logf("\n%s%d of %d are complete from the registry with at most one flag; %d are rejected; of the others, Docker Compose reads %d differently, "+
		"and %d lack individually mounted files", b.String(), runs, len(results), refused, unread, halves)
}
