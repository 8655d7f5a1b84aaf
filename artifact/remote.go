package artifact

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
	"github.com/ocompose/ocompose/referrers"
)

// A Remote is the network: all that this package asks of registries goes
// through it. It is safe for concurrent use, and made for one command, in which
// it asks for everything once.
type Remote struct {
	client    *remote.Client
	copier    *transfer.Copier
	referrers *referrers.Client
}

// NewRemote returns a Remote that sends its requests through client. Observe is
// told what becomes of each part of an image that is copied; it may be nil.
func NewRemote(client *remote.Client, observe func(transfer.Event)) *Remote {
	var options []transfer.Option
	if observe != nil {
		options = append(options, transfer.WithObserver(observe))
	}
	return &Remote{client: client, copier: transfer.New(client, options...), referrers: referrers.New(client)}
}

// Ping asks a registry how it wants to be spoken to, ahead of what it will be
// asked for: the answer is kept. It fails where the registry can't be reached.
func (r *Remote) Ping(ctx context.Context, registry name.Registry) error {
	return r.client.Ping(ctx, registry)
}

// byDigest returns the reference of content in a repository.
func byDigest(repo name.Repository, content Content) name.Digest {
	return repo.Digest(content.Descriptor.Digest.String())
}
