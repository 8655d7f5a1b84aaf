package httperr

import (
	"context"
	"fmt"
	"net/http"
)

// A CredentialsError reports that a registry denied a request that had no credentials
// because they could not be read.
type CredentialsError struct {
	// Answer is the registry's response.
	Answer error
	// Cause is why there were no credentials.
	Cause error
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("%v (sent without credentials: %v)", e.Answer, e.Cause)
}

// Unwrap returns both errors.
func (e *CredentialsError) Unwrap() []error { return []error{e.Answer, e.Cause} }

type credentialsKey struct{}

// WithoutCredentials returns the context for a request that is sent without credentials
// because of cause. If it is denied, the error of [Check] includes the cause.
func WithoutCredentials(ctx context.Context, cause error) context.Context {
	return context.WithValue(ctx, credentialsKey{}, cause)
}

// explained adds to an error response why the request had no credentials.
func explained(res *http.Response, err error) error {
	if res.Request == nil {
		return err
	}
	cause, ok := res.Request.Context().Value(credentialsKey{}).(error)
	if !ok || !IsUnauthorized(err) && !IsNotFound(err) {
		return err
	}
	return &CredentialsError{Answer: err, Cause: cause}
}
