package secret

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLooksSecret(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"POSTGRES_PASSWORD", "hunter2", true},
		{"MYSQL_ROOT_PASSWORD", "somewordpress", true},
		{"DB_PASS", "x1", true},
		{"API_KEY", "abc", true},
		{"apiKey", "abc", true},
		{"SECRET_KEY_BASE", "abc", true},
		{"JWT_SECRET", "abc", true},
		{"GITHUB_TOKEN", "abc", true},
		{"ADMIN_PASSWORD", "123456", true},
		{"PASSWORD", "a$$b", true},
		{"POSTGRES_PASSWORD_FILE", "/run/secrets/x", false},
		{"POSTGRES_PASSWORD_FILE", "secret.txt", false},
		{"POSTGRES_PASSWORD", "", false},
		{"POSTGRES_PASSWORD", "${PASSWORD}", false},
		{"POSTGRES_PASSWORD", "${PASSWORD:-hunter2}", false},
		{"POSTGRES_PASSWORD", "changeme", false},
		{"POSTGRES_PASSWORD", "CHANGE_ME", false},
		{"POSTGRES_PASSWORD", "<your password>", false},
		{"API_TOKEN", "your-token-here", false},
		{"SECRET", "/run/secrets/db", false},
		{"ALLOW_EMPTY_PASSWORD", "yes", false},
		{"PASSWORD_MIN_LENGTH", "12", false},
		{"TOKEN_TTL", "3600", false},
		{"TOKEN_URL", "https://example.com/token", false},
		{"PASSWORD_POLICY", "strong", false},
		{"SECRET_NAME", "db", false},
		{"MONKEY", "banana", false},
		{"KEYBOARD", "us", false},
		{"COMPASS", "north", false},
		{"POSTGRES_USER", "admin", false},
	} {
		require.Equal(t, test.want, Looks(test.name, test.value), "%s=%s", test.name, test.value)
	}
}
