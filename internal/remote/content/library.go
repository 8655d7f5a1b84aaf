package content

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

// library is go-containerregistry's client of one registry. It uses the transports of this
// package, and so does not ping, log in or retry itself.
type library struct {
	puller  *ggcr.Puller
	pusher  *ggcr.Pusher // of manifests
	options []ggcr.Option
}

func newLibrary(reg name.Registry, rt http.RoundTripper) (*library, error) {
	// The library adds nothing to a *transport.Wrapper. A wrapper with an anonymous login is
	// the only one that can be created outside the library.
	wrapper, err := transport.FromToken(reg, authn.Anonymous, rt, &transport.Challenge{}, nil)
	if err != nil {
		return nil, err
	}
	l := &library{options: []ggcr.Option{
		ggcr.WithTransport(wrapper),
		// The transports count jobs. A second limit on blob reads could deadlock with it.
		ggcr.WithJobs(math.MaxInt32),
		ggcr.WithRetryPredicate(func(error) bool { return false }),
	}}
	if l.puller, err = ggcr.NewPuller(l.options...); err != nil {
		return nil, err
	}
	l.pusher, err = l.newPusher()
	return l, err
}

// newPusher returns a Pusher. Each blob is uploaded by its own Pusher, because a Pusher skips a
// digest that it has uploaded before, even with another size, and a caller who waits for
// another's upload inherits the cancellation of that upload.
func (l *library) newPusher() (*ggcr.Pusher, error) { return ggcr.NewPusher(l.options...) }

// An action is the operation that a Client was called for.
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

// An operation is one call of the library: what is known about its requests, and what is
// learned from them. It is in the context of the requests.
type operation struct {
	action action
	repo   name.Repository
	digest v1.Hash       // of a manifest, if it is requested by digest
	blob   v1.Descriptor // of the blob to read
	upload *upload
	tags   []string // that a manifest gets besides its reference

	answer   http.Header     // header of the registry's last response
	failure  traffic.Failure // of the last request, if it was temporary
	failures map[string]int  // 5xx responses to optional requests
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

// cause returns the error of this package's transports that a library error wraps, and
// whether there is one: the library may reject a response itself.
func cause(err error) (error, bool) { //nolint:revive // the error is the result
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err, true
	}
	return err, false
}
