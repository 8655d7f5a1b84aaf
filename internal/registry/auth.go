package registry

import "net/http"

const tokenPath = "/token"

type auth struct{}

func (*auth) serveToken(http.ResponseWriter, *http.Request) error { return nil }

func (*auth) check(http.Header, *http.Request, route) error { return nil }
