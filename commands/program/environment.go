package program

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"runtime"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/reference"
)

// proxyVariables are the environment variables that name proxies.
func proxyVariables() []string {
	return []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}
}

// checkEnvironment checks the environment variables for connections to registries:
// invalid values would be ignored silently, or blamed on the registry.
func checkEnvironment(t *terminal.Terminal) error {
	for _, variable := range proxyVariables() {
		if value := t.Getenv(variable); value != "" && !isProxy(value) {
			return usage.Insteadf("the environment variable %s is not the address of a proxy: it must have the form http://HOST:PORT", variable)
		}
	}
	if !credentials.IsEnvironmentReadable(t.Getenv) {
		return usage.Insteadf("the environment variable DOCKER_AUTH_CONFIG can't be read: it must have the form {\"auths\": {\"HOST\": {\"auth\": \"BASE64\"}}}")
	}
	file := t.Getenv("SSL_CERT_FILE")
	if file == "" || runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	content, err := limits.ReadFile(file)
	if err != nil {
		return usage.Insteadf("the environment variable SSL_CERT_FILE names %s, which can't be read: certificates could not be verified", file)
	}
	if !hasCertificate(content) {
		return usage.Insteadf("the environment variable SSL_CERT_FILE names %s, which contains no PEM certificate", file)
	}
	return nil
}

// hasCertificate reports whether a PEM file has a certificate. It parses no more than the first,
// because such a file usually has more than a hundred.
func hasCertificate(content []byte) bool {
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			return false
		}
		if _, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			return true
		}
	}
}

// isProxy reports whether a value is a proxy address that the standard library supports: a
// URL, or a host with or without a port.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || reference.CheckHost(u.Host) != nil {
		return false
	}
	return slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}
