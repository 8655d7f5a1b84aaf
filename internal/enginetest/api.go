package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// api is the part of the engine's API that is needed to start and stop it.
type api struct{ client *http.Client }

func newAPI(socket string) *api {
	return &api{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true,
	}}}
}

// call sends a request and decodes the response into out, unless that is nil.
func (a *api) call(ctx context.Context, method, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, nil)
	if err != nil {
		return err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}

// removeAll removes all containers with their volumes, then all networks except the engine's own.
func (a *api) removeAll(ctx context.Context) error {
	var containers []struct{ ID string }
	if err := a.call(ctx, http.MethodGet, "/containers/json?all=1", &containers); err != nil {
		return err
	}
	var errs []error
	for _, c := range containers {
		errs = append(errs, a.call(ctx, http.MethodDelete, "/containers/"+c.ID+"?force=1&v=1", nil))
	}
	var networks []struct{ ID, Name string }
	if err := a.call(ctx, http.MethodGet, "/networks", &networks); err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, n := range networks {
		switch n.Name {
		case "bridge", "host", "none":
		default:
			errs = append(errs, a.call(ctx, http.MethodDelete, "/networks/"+n.ID, nil))
		}
	}
	return errors.Join(errs...)
}
