package docs

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// schemaOf reads the schema of a command's document, and makes it reject unknown fields: later
// versions may add fields, but this version must not have others.
func schemaOf(t *testing.T, command string) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "docs", "schema", command+".json"))
	require.NoError(t, err)
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	refuseOthers(document)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return schema
}

func refuseOthers(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, ok := node["properties"]; ok && node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for _, child := range node {
			refuseOthers(child)
		}
	case []any:
		for _, child := range node {
			refuseOthers(child)
		}
	}
}

// TestDocumentsFollowTheirSchemas compares what commands print with docs/schema.
func TestDocumentsFollowTheirSchemas(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t, registry.WithTokenAuth(registry.Access{
		Users: map[string]string{"me": "password"}, Allow: func(string, string, string) bool { return true },
	})).Host
	p := programtest.New(t)
	p.WriteShop(host)
	p.Write("password", "password\n")
	registrytest.PushImage(t, host+"/images/small:1", registrytest.ImageSpec{Platforms: []string{"linux/amd64"}})
	p.Write("small.yaml", "services: {web: {image: "+host+"/images/web:1}, small: {image: "+host+"/images/small:1}}\n")
	p.Write("mounted.yaml", "services: {web: {image: "+host+"/images/web:1, volumes: ['./conf/a.conf:/etc/a.conf']}}\n")
	p.Write("conf/a.conf", "a\n")
	shop, bundle := host+"/apps/shop:1", host+"/apps/bundle:1"
	covered := map[string]bool{}
	for _, line := range []string{
		"push " + shop, "push --dry-run " + host + "/apps/none:1", "push --bundle --annotation a=b " + bundle, "push -f small.yaml " + host + "/apps/small:1",
		"attach " + host + "/images/web:1", "attach --tag app " + host + "/images/web:1", "attach --dry-run " + host + "/images/db:17",
		"copy " + bundle + " " + host + "/apps/copy:1", "copy " + shop + " oci-layout:layout:1",
		"save " + bundle + " bundle.tar", "save " + shop + " folder/", "load bundle.tar " + host + "/apps/loaded:1",
		"push -f mounted.yaml " + host + "/apps/mounted:1", "inspect " + host + "/apps/mounted:1",
		"inspect " + shop, "inspect " + bundle, "inspect " + host + "/images/web:app", "inspect oci-layout:layout:1",
		"verify " + bundle, "verify " + shop,
		"images", "images " + bundle, "images " + shop,
		"diff " + bundle + " " + shop, "diff " + bundle + " " + host + "/apps/mounted:1", "diff " + host + "/apps/mounted:1 .",
		"ls " + host + "/apps/bundle", "ls --all " + host + "/images/web", "ls oci-layout:layout",
		"tags " + host + "/apps/bundle", "tag " + bundle + " 2", "tag " + bundle + " 2 3", "tag --force " + shop + " 1",
		"referrers " + host + "/images/web:1", "referrers --all " + host + "/images/web:1",
		"pull -d out " + bundle, "pull -d loose " + shop,
		"delete --dry-run " + bundle, "delete --all-tags " + bundle, "delete " + host + "/images/web:app",
		"login -u me --password-stdin " + host, "logout " + host, "logout " + host, "version",
	} {
		args := strings.Fields(line)
		covered[args[0]] = true
		if args[0] == "login" {
			file, err := os.Open(filepath.Join(p.Dir, "password"))
			require.NoError(t, err)
			p.Stdin = file
			t.Cleanup(func() { file.Close() })
		}
		end := p.Run(append([]string{args[0], "--output", "json"}, args[1:]...)...)
		p.Stdin = nil
		statuses := []int{0, 4}
		if args[0] == "diff" {
			statuses = []int{0, 1}
		}
		require.Contains(t, statuses, end.Status, "%s\n%s", line, end.Stderr)
		validate(t, args[0], end.Stdout)
	}
	for _, line := range []string{"push --bundle " + host + "/apps/more:1", "inspect " + host + "/apps/none:1"} {
		for document := range strings.Lines(p.Run(append(strings.Fields(line), "--progress", "json")...).Stderr) {
			validate(t, "progress", document)
		}
	}
	validate(t, "serve", servedDocument(p))
	covered["serve"] = true
	for name := range commands.Documents() {
		require.True(t, covered[name], "%s has a document and no case here", name)
	}
}

func validate(t *testing.T, command, document string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	require.NoError(t, err, document)
	require.NoError(t, schemaOf(t, command).Validate(value), "%s\n%s", command, document)
}

// servedDocument is what serve prints.
func servedDocument(p *programtest.Program) string {
	p.T.Helper()
	cmd := exec.Command("ocompose", "serve", "--listen", "127.0.0.1:0", "-o", "json")
	cmd.Dir, cmd.Env = p.Dir, tooltest.Environ(p.Home)
	out, err := cmd.StdoutPipe()
	require.NoError(p.T, err)
	require.NoError(p.T, cmd.Start())
	var document json.RawMessage
	require.NoError(p.T, json.NewDecoder(bufio.NewReader(out)).Decode(&document))
	require.NoError(p.T, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	return string(document)
}
