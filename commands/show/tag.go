package show

import (
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/report"
)

// MovedTag describes a tag that moved.
func MovedTag(m publish.MovedTag) report.MovedTag {
	return report.MovedTag{Tag: m.Tag, From: m.From.String()}
}
