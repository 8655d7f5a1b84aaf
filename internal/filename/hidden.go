package filename

import (
	"slices"
	"strings"
)

// readByThemselves are names of files that shells, editors, version control, package managers and
// debuggers read in the current folder, or in the home folder.
var readByThemselves = []string{
	".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".login", ".logout",
	".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".cshrc", ".tcshrc", ".kshrc", ".mkshrc", ".inputrc",
	".envrc", ".mise.toml", ".tool-versions", ".pam_environment", ".xinitrc", ".xprofile", ".xsession", ".xsessionrc",
	".netrc", ".forward", ".rhosts", ".shosts", ".vimrc", ".nvimrc", ".exrc", ".gvimrc", ".emacs", ".dir-locals.el", ".nanorc",
	".gitconfig", ".gitmodules", ".gitattributes", ".hgrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", ".pypirc",
	".pythonrc", ".pythonrc.py", ".irbrc", ".pryrc", ".gemrc", ".bazelrc", ".gdbinit", ".lldbinit", ".screenrc", ".tmux.conf",
	".wgetrc", ".curlrc", ".mailcap", ".dockercfg", ".mcp.json",
}

// readFolders are names of folders whose files are read likewise.
var readFolders = []string{
	".ssh", ".docker", ".gnupg", ".aws", ".azure", ".kube", ".config", ".local", ".cargo", ".vscode", ".idea", ".devcontainer",
	".husky", ".hg", ".svn", ".jj", ".bundle", ".direnv", ".mise", ".claude", ".codex", ".cursor", ".gemini",
}

// IsHidden reports whether other programs read or run a file automatically, or whether it is
// executable and in a hidden folder.
func IsHidden(name string, executable bool) bool {
	parts := strings.Split(Folded(name), "/")
	file := len(parts) - 1
	if slices.Contains(readByThemselves, parts[file]) {
		return true
	}
	for _, folder := range parts[:file] {
		if slices.Contains(readFolders, folder) || executable && strings.HasPrefix(folder, ".") {
			return true
		}
	}
	return false
}
