package httperr

import (
	"context"
	"fmt"
	"net/http"
)

// A CredentialsError says that a registry refused a request that was sent without
// credentials, because those that there may be could not be read.
type CredentialsError struct {
	// Answer is the registry's answer.
	Answer error
	// Cause is why there were no credentials.
	Cause error
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("%v (nobody was logged in: %v)", e.Answer, e.Cause)
}

// Unwrap returns both errors.
func (e *CredentialsError) Unwrap() []error { return []error{e.Answer, e.Cause} }

type credentialsKey struct{}

// WithoutCredentials returns the context of a request that was sent without credentials,
// because of cause. If it is refused, [Check] says so.
func WithoutCredentials(ctx context.Context, cause error) context.Context {
	return context.WithValue(ctx, credentialsKey{}, cause)
}

// explained adds to the answer that is an error why the request had no credentials.
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
