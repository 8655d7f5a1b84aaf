package transfer

import "context"

type imageKey struct{}

// WithImage names the image that is copied, for events.
func WithImage(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, imageKey{}, name)
}

func imageOf(ctx context.Context) string {
	name, _ := ctx.Value(imageKey{}).(string)
	return name
}
