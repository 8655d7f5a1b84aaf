package report

// LoggedIn is the output of ocompose login.
type LoggedIn struct {
	// Registry is the registry's host, docker.io for Docker Hub.
	Registry string `json:"registry"`
	// Username is absent for an identity token.
	Username string `json:"username,omitempty"`
	// Checked is false if the registry requires no login, so that the login may be wrong.
	Checked bool `json:"checked"`
	// Store is where the login is stored: a file, or a credential helper.
	Store string `json:"store"`
}

// LoggedOut is the output of ocompose logout.
type LoggedOut struct {
	Registry string `json:"registry"`
	// Found is true if there was a login.
	Found bool `json:"found"`
}
