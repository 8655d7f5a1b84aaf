package content

import (
	"errors"
	"strconv"
	"strings"
)

// parseContentRange parses "bytes START-END/TOTAL". total is -1 if it is unknown.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-14.4.
func parseContentRange(s string) (start, total int64, err error) {
	bad := errors.New("the registry sent a partial blob without a valid Content-Range")
	rest, ok := strings.CutPrefix(s, "bytes ")
	if !ok {
		return 0, 0, bad
	}
	span, size, ok := strings.Cut(rest, "/")
	if !ok {
		return 0, 0, bad
	}
	from, to, ok := strings.Cut(span, "-")
	if !ok {
		return 0, 0, bad
	}
	start, ok1 := number(from)
	end, ok2 := number(to)
	if !ok1 || !ok2 || end < start {
		return 0, 0, bad
	}
	if size == "*" {
		return start, -1, nil
	}
	total, ok = number(size)
	if !ok || end >= total {
		return 0, 0, bad
	}
	return start, total, nil
}

// number parses digits, without the signs that ParseInt accepts.
func number(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
