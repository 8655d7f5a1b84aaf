package deployment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/deployment"
	"github.com/ocompose/ocompose/internal/filename"
)

func TestFolderName(t *testing.T) {
	t.Parallel()
	for project, folder := range map[string]string{"shop": "shop", "con": "con_", "nul": "nul_", "com1": "com1_", "console": "console"} {
		require.Equal(t, folder, deployment.FolderName(project))
		require.NoError(t, filename.Check(folder))
	}
}
