package e2e

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/signer"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// notationType is the artifactType of Notation's signatures.
const notationType = "application/vnd.cncf.notary.signature"

// sign has the library of Notation sign what a reference points at, and attaches the signature.
func sign(t testing.TB, ref string, with testhelper.RSACertTuple) {
	t.Helper()
	subject, err := remote.Head(parse(t, ref), asUser())
	require.NoError(t, err)
	s, err := signer.NewGenericSigner(with.PrivateKey, []*x509.Certificate{with.Cert})
	require.NoError(t, err)
	envelope, _, err := s.Sign(t.Context(), ocispec.Descriptor{
		MediaType: string(subject.MediaType), Digest: digest.Digest(subject.Digest.String()), Size: subject.Size,
	}, notation.SignerSignOptions{SignatureMediaType: jws.MediaTypeEnvelope})
	require.NoError(t, err)
	attachSignature(t, ref, subject, envelope)
}

// attachSignature attaches what is to be a signature.
func attachSignature(t testing.TB, ref string, subject *v1.Descriptor, envelopes ...[]byte) {
	t.Helper()
	repo := parse(t, ref).Context()
	push := func(mediaType types.MediaType, content []byte) v1.Descriptor {
		layer := static.NewLayer(content, mediaType)
		require.NoError(t, remote.WriteLayer(repo, layer, asUser()))
		hash, err := layer.Digest()
		require.NoError(t, err)
		return v1.Descriptor{MediaType: mediaType, Digest: hash, Size: int64(len(content))}
	}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: notationType,
		Config: push("application/vnd.oci.empty.v1+json", []byte("{}")), Subject: subject, Layers: []v1.Descriptor{},
	}
	for _, envelope := range envelopes {
		m.Layers = append(m.Layers, push(jws.MediaTypeEnvelope, envelope))
	}
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	hash, _, err := v1.SHA256(strings.NewReader(string(raw)))
	require.NoError(t, err)
	require.NoError(t, remote.Put(repo.Digest(hash.String()), rawManifest{raw, types.OCIManifestSchema1}, asUser()))
}

// writePolicy writes a trust policy of one statement with a certificate that is trusted.
func (p *program) writePolicy(dir, level, scope string, trusted testhelper.RSACertTuple) {
	p.t.Helper()
	statement := map[string]any{
		"name": "shop", "registryScopes": []string{scope}, "signatureVerification": map[string]string{"level": level},
	}
	if level != "skip" {
		statement["trustStores"], statement["trustedIdentities"] = []string{"ca:shop"}, []string{"*"}
	}
	raw, err := json.Marshal(map[string]any{"version": "1.0", "trustPolicies": []any{statement}})
	require.NoError(p.t, err)
	p.write(dir+"/trustpolicy.json", string(raw))
	p.write(dir+"/truststore/x509/ca/shop/root.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Cert.Raw})))
}

// unsigned runs ocompose, which has to say that something is not signed.
func (p *program) unsigned(reason string, args ...string) {
	p.t.Helper()
	end := p.run(args...)
	require.Equal(p.t, 6, end.status, "%s\n%s", strings.Join(args, " "), end.stderr)
	require.Empty(p.t, end.stdout)
	require.Contains(p.t, end.stderr, " is not signed as ")
	require.Contains(p.t, end.stderr, reason)
}

// TestSignature: nothing that is not signed as a policy asks passes verify, pull or load, and
// nothing is written then; what is signed does, from registries with the referrers API and
// without it, and from files.
func TestSignature(t *testing.T) {
	t.Parallel()
	ours, theirs := testhelper.GetRSASelfSignedSigningCertTuple("ours"), testhelper.GetRSASelfSignedSigningCertTuple("theirs")
	for _, kind := range registries {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			host := kind.start(t)
			p := newProgram(t)
			p.writeShop(host, platforms...)
			ref, moved := host+"/team/shop:1", host+"/edge/shop"
			made := p.ok("push", "--bundle", ref)
			p.writePolicy("ours", "strict", "*", ours)
			p.ok("save", ref, "unsigned.tar")

			p.unsigned("it has no signature of Notation", "verify", "--signature", "ours", ref)
			p.unsigned("it has no signature of Notation", "pull", "-d", "out", "--signature", "ours/trustpolicy.json", ref)
			p.unsigned("it has no signature of Notation", "load", "--signature", "ours", "unsigned.tar", moved)
			sign(t, ref, theirs)
			p.unsigned("signature verification failed", "pull", "-d", "out", "--signature", "ours", ref)
			require.NoDirExists(t, p.dir+"/out")
			require.True(t, isGone(func() error { _, err := remote.Head(parse(t, moved+":latest"), asUser()); return err }()))

			sign(t, ref, ours)
			var report struct {
				OK        bool
				Signature struct{ Policy, Digest, Signer string }
			}
			p.decode(&report, "verify", "-o", "json", "--signature", "ours", ref)
			require.True(t, report.OK)
			require.Contains(t, report.Signature.Signer, "CN=ours")
			require.NotEmpty(t, head(t, host+"/team/shop@"+report.Signature.Digest))
			p.ok("pull", "-d", "out", "--signature", "ours", ref)
			p.ok("save", made, "signed.tar")
			p.ok("load", "--signature", "ours", "signed.tar", moved)
			p.ok("verify", "--signature", "ours", "./signed.tar")

			// The copy has another digest, which is not signed.
			p.unsigned("", "verify", "--signature", "ours", moved)
		})
	}
}

// TestSignaturePolicy: what a policy says counts, and what is no signature does no harm.
func TestSignaturePolicy(t *testing.T) {
	t.Parallel()
	ours := testhelper.GetRSASelfSignedSigningCertTuple("ours")
	host := registrytest.Start(t).Host
	p := newProgram(t)
	p.writeShop(host, platforms...)
	ref := host + "/team/shop:1"
	p.ok("push", ref)
	subject, err := remote.Head(parse(t, ref), asUser())
	require.NoError(t, err)
	for _, no := range [][][]byte{nil, {[]byte("{}")}, {[]byte("a"), []byte("b")}, {nil}} {
		attachSignature(t, ref, subject, no...)
	}
	p.writePolicy("ours", "strict", "*", ours)
	p.writePolicy("elsewhere", "strict", "registry.example.com/shop", ours)
	p.writePolicy("here", "strict", host+"/team/shop", ours)
	p.writePolicy("skip", "skip", "*", ours)
	p.writePolicy("audit", "audit", "*", testhelper.GetRSASelfSignedSigningCertTuple("theirs"))
	p.unsigned("signature verification failed", "verify", "--signature", "ours", ref)
	sign(t, ref, ours)
	for _, policy := range []string{"ours", "here", "skip", "audit"} {
		end := p.run("verify", "--signature", policy, ref)
		require.Zero(t, end.status, policy+": "+end.stderr)
		switch policy {
		case "skip":
			require.Contains(t, end.stderr, "warning: skip asks for no signature here: none was checked")
			require.NotContains(t, end.stderr, "is signed by")
		case "audit":
			require.Contains(t, end.stderr, "warning: authenticity of the signature: ")
		default:
			require.NotContains(t, end.stderr, "warning")
			require.Contains(t, end.stderr, "is signed by CN=ours")
		}
	}
	p.unsigned("has no applicable trust policy statement", "verify", "--signature", "elsewhere", ref)
	p.ok("save", ref, "shop.tar")
	p.unsigned("has no applicable trust policy statement", "verify", "--signature", "here", "./shop.tar")

	for name, content := range map[string]string{
		"none.json": "", "empty.json": "{}", "private.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "text": "strict",
	} {
		p.write(name, content)
		end := p.run("verify", "--signature", name, ref)
		require.Equal(t, 1, end.status)
		require.Contains(t, end.stderr, "reading the signature policy")
		require.Empty(t, end.stdout)
	}
	require.Equal(t, 1, p.run("verify", "--signature", "missing", ref).status)
	require.Equal(t, 2, p.run("load", "--signature", "ours", "-", host+"/x").status)

	// A signature of something else is none of this.
	other := p.ok("push", "--bundle", host+"/team/other:1")
	sign(t, other, ours)
	tag, err := name.NewTag(host + "/team/shop:2")
	require.NoError(t, err)
	p.ok("copy", other, tag.String(), "--referrers", "none")
	p.unsigned("it has no signature of Notation", "verify", "--signature", "ours", tag.String())
}

// TestSignaturesDocument runs the commands of docs/signatures.md. The library signs in the place of
// notation.
func TestSignaturesDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "docs", "signatures.md"))
	require.NoError(t, err)
	with := testhelper.GetRSASelfSignedSigningCertTuple("ours")
	host := registrytest.Start(t).Host
	p := newProgram(t)
	p.writeShop(host, platforms...)
	_, policy, ok := strings.Cut(string(document), "```json\n")
	require.True(t, ok)
	policy, _, _ = strings.Cut(policy, "```")
	p.writePolicy("policy", "strict", "*", with)
	p.write("policy/trustpolicy.json", policy)
	n := 0
	for line := range strings.Lines(strings.ReplaceAll(string(document), "localhost:5000", host)) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		n++
		switch args := strings.Fields(command); args[0] {
		case "ocompose":
			p.ok(args[1:]...)
		case "notation":
			sign(t, args[2], with)
		default:
			t.Fatalf("%s: unknown program", command)
		}
	}
	require.Equal(t, 6, n)
	p.write("policy/trustpolicy.json", strings.Replace(policy, "O=Notary", "O=Others", 1))
	p.unsigned("signature verification failed", "verify", "--signature", "policy", host+"/shop:1.0")
}
