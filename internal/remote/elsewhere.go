package remote

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/origin"
)

// mayLeadTo returns an error if an answer leads an upload to an address that only this
// machine can mean, unless the user allows that host.
func (u *upload) mayLeadTo(location *url.URL, res *http.Response) error {
	if u.c.isInsecure(location.Host) {
		return nil
	}
	return origin.CheckLead(res.Request.URL, location)
}

// fromElsewhere is an error of an upload that the registry had sent to another host: it is
// not the registry that refused it, and no login to that host helps.
func (u *upload) fromElsewhere(err error) error {
	var redirected *httperr.RedirectedError
	if !u.isElsewhere || !httperr.IsAnswer(err) || errors.As(err, &redirected) {
		return err
	}
	return &httperr.RedirectedError{From: u.repo.RegistryStr(), To: u.location.Host, Err: err}
}
