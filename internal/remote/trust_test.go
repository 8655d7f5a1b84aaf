package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote/trust"
)

// startTLS serves a registry over TLS. With users, it accepts only clients with a certificate
// signed by one of them. It returns the host and its certificate in PEM format.
func startTLS(t *testing.T, users *x509.CertPool) (host string, certificate []byte) {
	t.Helper()
	server := httptest.NewUnstartedServer(registrytest.Start(t).Handler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	if users != nil {
		server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: users}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// newUser makes a self-signed client certificate.
func newUser(t *testing.T) (users *x509.CertPool, certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "user"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	users = x509.NewCertPool()
	users.AppendCertsFromPEM(certificate)
	return users, certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// certsD writes files to the folder of a host.
func certsD(t *testing.T, host string, files map[string][]byte) *trust.Certificates {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, host), 0o755))
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, host, name), content, 0o600))
	}
	return trust.In(filepath.Join(dir, "absent"), dir)
}

func TestCertificatesOfARegistry(t *testing.T) {
	t.Parallel()
	host, ca := startTLS(t, nil)
	other, _ := startTLS(t, nil)
	head := func(host string, certificates *trust.Certificates) error {
		c, _ := newClient(WithCertificates(certificates))
		_, err := c.HeadManifest(context.Background(), repository(t, host+"/team/app").Tag("1"))
		return err
	}
	trusted := certsD(t, host, map[string][]byte{"ca.crt": ca, "README": []byte("none")})
	require.True(t, IsNotFound(head(host, trusted)), "%v", head(host, trusted))
	// The authority of one registry is not trusted for another, even with the same certificate.
	require.True(t, IsUntrusted(head(other, trusted)))
	require.True(t, IsUntrusted(head(host, certsD(t, host, nil))))
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	users, certificate, key := newUser(t)
	host, ca := startTLS(t, users)
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string // part of the error; empty: it works
	}{
		"both":            {map[string][]byte{"ca.crt": ca, "me.cert": certificate, "me.key": key}, ""},
		"none":            {map[string][]byte{"ca.crt": ca}, "certificate required"},
		"no key":          {map[string][]byte{"ca.crt": ca, "me.cert": certificate}, "me.key"},
		"no certificate":  {map[string][]byte{"ca.crt": ca, "me.key": key}, "me.cert"},
		"another's key":   {map[string][]byte{"ca.crt": ca, "me.cert": certificate, "me.key": certificate}, "me.key"},
		"no PEM":          {map[string][]byte{"ca.crt": []byte("?")}, "ca.crt has no certificate in PEM format"},
		"key as an entry": {map[string][]byte{"ca.crt": key}, "ca.crt has no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			client, clock := newClient(WithCertificates(certsD(t, host, c.files)))
			_, err := client.HeadManifest(context.Background(), repository(t, host+"/team/app").Tag("1"))
			if c.want == "" {
				require.True(t, IsNotFound(err), "%v", err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, host)
			if name != "none" {
				require.Empty(t, clock.waits)
			}
		})
	}
}

func TestInsecureHosts(t *testing.T) {
	t.Parallel()
	host, _ := startTLS(t, nil)
	other, _ := startTLS(t, nil)
	c, _ := newClient(WithCertificates(trust.In()), WithInsecureHosts(func(h string) bool { return h == host }))
	_, err := c.HeadManifest(context.Background(), repository(t, host+"/team/app").Tag("1"))
	require.True(t, IsNotFound(err), "%v", err)
	_, err = c.HeadManifest(context.Background(), repository(t, other+"/team/app").Tag("1"))
	require.True(t, IsUntrusted(err), "%v", err)

	// A host other than this machine.
	var sent []string
	plain := roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.URL.Scheme+"://"+req.URL.Host)
		if req.URL.Scheme == "https" {
			return nil, http.ErrSchemeMismatch
		}
		return httptest.NewRecorder().Result(), nil
	})
	c, _ = newClient(WithTransport(plain), WithInsecureHosts(func(h string) bool { return h == "10.1.2.3:5000" }))
	require.NoError(t, c.Ping(context.Background(), repository(t, "10.1.2.3:5000/app").Registry))
	require.Contains(t, sent, "http://10.1.2.3:5000")
	require.ErrorIs(t, c.Ping(context.Background(), repository(t, "10.1.2.4:5000/app").Registry), ErrPlainHTTP)
	require.NotContains(t, sent, "http://10.1.2.4:5000")
}
