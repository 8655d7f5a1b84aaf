package compose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// flowOf formats the service web of a Compose file, with each mapping and list on one line.
func flowOf(t *testing.T, content string) string {
	t.Helper()
	if content == "" {
		return ""
	}
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(content), &document))
	service := document.Content[0]
	for _, key := range []string{"services", "web"} {
		for i := 0; i < len(service.Content); i += 2 {
			if service.Content[i].Value == key {
				service = service.Content[i+1]
				break
			}
		}
	}
	var lines []string
	for i := 0; i < len(service.Content); i += 2 {
		value := service.Content[i+1]
		tag := value.Tag
		value.Tag, value.Style = "", yaml.FlowStyle
		for _, each := range value.Content {
			each.Style = yaml.FlowStyle
		}
		text, err := yaml.Marshal(value)
		require.NoError(t, err)
		lines = append(lines, service.Content[i].Value+": "+tag+" "+strings.Join(strings.Fields(string(text)), " "))
	}
	return strings.Join(lines, " ")
}
