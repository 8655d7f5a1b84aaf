package report

// LoggedIn is what login prints.
type LoggedIn struct {
	// Registry is the registry's host, docker.io for Docker Hub.
	Registry string `json:"registry"`
	// Username is absent for an identity token.
	Username string `json:"username,omitempty"`
	// Checked is false where the registry asks for no login, so that this one may be wrong.
	Checked bool `json:"checked"`
	// Store is where the login is kept: a file, or a credential helper.
	Store string `json:"store"`
}

// LoggedOut is what logout prints.
type LoggedOut struct {
	Registry string `json:"registry"`
	// Found tells that there was a login.
	Found bool `json:"found"`
}
