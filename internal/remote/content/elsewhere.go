package content

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
)

// mayLeadTo returns an error if a response points an upload to a local address of this
// machine, unless the user allows that host.
func (u *upload) mayLeadTo(location *url.URL, res *http.Response) error {
	if u.r.isInsecure(location.Host) {
		return nil
	}
	return origin.CheckLead(res.Request.Context(), res.Request.URL, location)
}

// fromElsewhere returns the error of an upload that the registry moved to another host: the
// registry did not reject it, and a login does not help.
func (u *upload) fromElsewhere(err error) error {
	var redirected *httperr.RedirectedError
	if !u.isElsewhere || !httperr.IsAnswer(err) || errors.As(err, &redirected) {
		return err
	}
	return &httperr.RedirectedError{From: u.repo.RegistryStr(), To: u.location.Host, Err: err}
}
