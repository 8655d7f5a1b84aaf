package clients

import (
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/signaturetest"
)

// writePolicy writes a trust policy with one statement and a trusted certificate.
func writePolicy(p *programtest.Program, dir, level, scope string, trusted testhelper.RSACertTuple) {
	p.T.Helper()
	statement := map[string]any{
		"name": "shop", "registryScopes": []string{scope}, "signatureVerification": map[string]string{"level": level},
	}
	if level != "skip" {
		statement["trustStores"], statement["trustedIdentities"] = []string{"ca:shop"}, []string{"*"}
	}
	raw, err := json.Marshal(map[string]any{"version": "1.0", "trustPolicies": []any{statement}})
	require.NoError(p.T, err)
	p.Write(dir+"/trustpolicy.json", string(raw))
	p.Write(dir+"/truststore/x509/ca/shop/root.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Cert.Raw})))
}

// unsigned runs ocompose, which must report that something is not signed.
func unsigned(p *programtest.Program, reason string, args ...string) {
	p.T.Helper()
	end := p.Run(args...)
	require.Equal(p.T, 6, end.Status, "%s\n%s", strings.Join(args, " "), end.Stderr)
	require.Empty(p.T, end.Stdout)
	require.Contains(p.T, end.Stderr, " is not signed as ")
	require.Contains(p.T, end.Stderr, reason)
}

// TestSignature: verify, pull and load reject a package that is not signed as the policy
// requires, and write nothing. They accept a signed one, from registries with and without the
// referrers API, and from files.
func TestSignature(t *testing.T) {
	t.Parallel()
	ours, theirs := testhelper.GetRSASelfSignedSigningCertTuple("ours"), testhelper.GetRSASelfSignedSigningCertTuple("theirs")
	for _, kind := range programtest.Registries() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			host := kind.Start(t)
			p := programtest.New(t)
			p.WriteShop(host)
			ref, moved := host+"/team/shop:1", host+"/edge/shop"
			made := p.OK("push", "--bundle", ref)
			writePolicy(p, "ours", "strict", "*", ours)
			p.OK("save", ref, "unsigned.tar")

			unsigned(p, "it has no Notation signature", "verify", "--signature", "ours", ref)
			unsigned(p, "it has no Notation signature", "pull", "-d", "out", "--signature", "ours/trustpolicy.json", ref)
			unsigned(p, "it has no Notation signature", "load", "--signature", "ours", "unsigned.tar", moved)
			signaturetest.Sign(t, ref, theirs)
			unsigned(p, "signature verification failed", "pull", "-d", "out", "--signature", "ours", ref)
			require.NoDirExists(t, p.Dir+"/out")
			require.True(t, registrytest.IsNotFound(func() error {
				_, err := remote.Head(registrytest.Parse(t, moved+":latest"))
				return err
			}()))

			signaturetest.Sign(t, ref, ours)
			var report struct {
				OK        bool
				Signature struct{ Policy, Digest, Signer string }
			}
			p.Decode(&report, "verify", "-o", "json", "--signature", "ours", ref)
			require.True(t, report.OK)
			require.Contains(t, report.Signature.Signer, "CN=ours")
			require.NotEmpty(t, registrytest.Digest(t, host+"/team/shop@"+report.Signature.Digest))
			p.OK("pull", "-d", "out", "--signature", "ours", ref)
			p.OK("save", made, "signed.tar")
			p.OK("load", "--signature", "ours", "signed.tar", moved)
			p.OK("verify", "--signature", "ours", "./signed.tar")

			// The copy has another digest, which is not signed.
			unsigned(p, "", "verify", "--signature", "ours", moved)
		})
	}
}

// TestSignaturePolicy: the policy is followed, and invalid signatures are ignored.
func TestSignaturePolicy(t *testing.T) {
	t.Parallel()
	ours := testhelper.GetRSASelfSignedSigningCertTuple("ours")
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	ref := host + "/team/shop:1"
	p.OK("push", ref)
	subject, err := remote.Head(registrytest.Parse(t, ref))
	require.NoError(t, err)
	for _, no := range [][][]byte{nil, {[]byte("{}")}, {[]byte("a"), []byte("b")}, {nil}} {
		signaturetest.Attach(t, ref, subject, no...)
	}
	writePolicy(p, "ours", "strict", "*", ours)
	writePolicy(p, "elsewhere", "strict", "registry.example.com/shop", ours)
	writePolicy(p, "here", "strict", host+"/team/shop", ours)
	writePolicy(p, "skip", "skip", "*", ours)
	writePolicy(p, "audit", "audit", "*", testhelper.GetRSASelfSignedSigningCertTuple("theirs"))
	unsigned(p, "signature verification failed", "verify", "--signature", "ours", ref)
	signaturetest.Sign(t, ref, ours)
	for _, policy := range []string{"ours", "here", "skip", "audit"} {
		end := p.Run("verify", "--signature", policy, ref)
		require.Zero(t, end.Status, policy+": "+end.Stderr)
		switch policy {
		case "skip":
			require.Contains(t, end.Stderr, "warning: skip requires no signature here: none was checked")
			require.NotContains(t, end.Stderr, "is signed by")
		case "audit":
			require.Contains(t, end.Stderr, "warning: authenticity of the signature: ")
		default:
			require.NotContains(t, end.Stderr, "warning")
			require.Contains(t, end.Stderr, "is signed by CN=ours")
		}
	}
	unsigned(p, "has no applicable trust policy statement", "verify", "--signature", "elsewhere", ref)
	p.OK("save", ref, "shop.tar")
	unsigned(p, "has no applicable trust policy statement", "verify", "--signature", "here", "./shop.tar")

	for name, content := range map[string]string{
		"none.json": "", "empty.json": "{}", "private.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "text": "strict",
	} {
		p.Write(name, content)
		end := p.Run("verify", "--signature", name, ref)
		require.Equal(t, 1, end.Status)
		require.Contains(t, end.Stderr, "reading the signature policy")
		require.Empty(t, end.Stdout)
	}
	require.Equal(t, 1, p.Run("verify", "--signature", "missing", ref).Status)
	require.Equal(t, 2, p.Run("load", "--signature", "ours", "-", host+"/x").Status)

	// A signature of other content does not count.
	other := p.OK("push", "--bundle", host+"/team/other:1")
	signaturetest.Sign(t, other, ours)
	tag, err := name.NewTag(host + "/team/shop:2")
	require.NoError(t, err)
	p.OK("copy", other, tag.String(), "--referrers", "none")
	unsigned(p, "it has no Notation signature", "verify", "--signature", "ours", tag.String())
}

// TestSignaturesDocument runs the commands of docs/signatures.md. Notation's library signs
// instead of notation.
func TestSignaturesDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "signatures.md"))
	require.NoError(t, err)
	with := testhelper.GetRSASelfSignedSigningCertTuple("ours")
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	_, policy, ok := strings.Cut(string(document), "```json\n")
	require.True(t, ok)
	policy, _, _ = strings.Cut(policy, "```")
	writePolicy(p, "policy", "strict", "*", with)
	p.Write("policy/trustpolicy.json", policy)
	text := strings.ReplaceAll(string(document), "localhost:5000", host)
	n := 0
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		n++
		switch args := strings.Fields(command); args[0] {
		case "ocompose":
			p.OK(args[1:]...)
		case "notation":
			signaturetest.Sign(t, args[2], with)
		default:
			t.Fatalf("%s: unknown program", command)
		}
	}
	require.Equal(t, 6, n)
	p.Write("policy/trustpolicy.json", strings.Replace(policy, "O=Notary", "O=Others", 1))
	unsigned(p, "signature verification failed", "verify", "--signature", "policy", host+"/shop:1.0")
}

// TestSignaturesDocumentOfCosign runs the commands of docs/signatures.md that need cosign.
func TestSignaturesDocumentOfCosign(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "signatures.md"))
	require.NoError(t, err)
	c := newCosigner(programtest.New(t))
	host := registrytest.Start(t).Host
	c.WriteShop(host)
	c.OK("push", "--bundle", host+"/shop:1.0")
	_, block, ok := strings.Cut(strings.ReplaceAll(string(document), "localhost:5000", host), "```sh\n")
	require.True(t, ok)
	block, _, _ = strings.Cut(block, "```")
	for line := range strings.Lines(block) {
		args := strings.Fields(line)
		switch args[0] {
		case "cosign":
			c.Output(c.path, append(args[1:], "--allow-http-registry")...)
		case "ocompose":
			c.OK(args[1:]...)
		}
	}
	require.Contains(t, block, "cosign sign ")
}
