package remote

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// library is go-containerregistry's client of one registry. It speaks over the transports
// of this package, and so neither pings nor logs in nor tries anything again.
type library struct {
	puller  *ggcr.Puller
	pusher  *ggcr.Pusher // of manifests
	options []ggcr.Option
}

func newLibrary(reg name.Registry, rt http.RoundTripper) (*library, error) {
	// The library adds nothing of its own to a *transport.Wrapper. One that logs in
	// without credentials is the only one that can be made from outside of it.
	wrapper, err := transport.FromToken(reg, authn.Anonymous, rt, &transport.Challenge{}, nil)
	if err != nil {
		return nil, err
	}
	l := &library{options: []ggcr.Option{
		ggcr.WithTransport(wrapper),
		// Jobs are counted by the transports. A second bound on blobs that are read
		// could wait for a job whose holder waits for it.
		ggcr.WithJobs(math.MaxInt32),
		ggcr.WithRetryPredicate(func(error) bool { return false }),
	}}
	if l.puller, err = ggcr.NewPuller(l.options...); err != nil {
		return nil, err
	}
	l.pusher, err = l.newPusher()
	return l, err
}

// newPusher returns a Pusher. Each blob is uploaded by one of its own: a Pusher takes a
// digest that it uploaded before as done, whatever size is claimed for it, and gives a
// caller who waits for another's upload the cancellation of that one.
func (l *library) newPusher() (*ggcr.Pusher, error) { return ggcr.NewPusher(l.options...) }

// An action is what a Client was asked to do.
type action int

const (
	getManifest action = iota
	headManifest
	putManifest
	deleteManifest
	getBlob
	headBlob
	uploadBlob
)

// An operation is one call of the library: what is known of the requests that the library
// makes for it, and what is learned from them. It travels in their context.
type operation struct {
	action action
	repo   name.Repository
	digest v1.Hash       // of a manifest, if it is asked for by digest
	blob   v1.Descriptor // that is read
	upload *upload
	tags   []string // that a manifest gets besides its reference

	answer   http.Header     // of the registry, to the last request
	failure  traffic.Failure // of the last request, if it failed for a temporary reason
	failures map[string]int  // answers 5xx to optional requests
}

type operationKey struct{}

// begin returns the context for one call of the library.
func (o *operation) begin(ctx context.Context) context.Context {
	return context.WithValue(auth.WithRepository(ctx, o.repo), operationKey{}, o)
}

func operationOf(ctx context.Context) *operation {
	o, _ := ctx.Value(operationKey{}).(*operation)
	return o
}

// cause returns the error of the transports of this package within one of the library,
// and whether there is one: the library may complain about an answer itself.
func cause(err error) (error, bool) { //nolint:revive // the error is what is looked for
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err, true
	}
	return err, false
}
