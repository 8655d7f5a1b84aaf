package completion

import "embed"

//go:embed ocompose.*
var scripts embed.FS

// shells are the shells that there is a completion for, with the files of their scripts.
func shells() map[string]string {
	return map[string]string{"bash": "ocompose.bash", "zsh": "ocompose.zsh", "fish": "ocompose.fish", "powershell": "ocompose.ps1"}
}

// Script returns the completion script of a shell: bash, zsh, fish or powershell. ok is false
// for any other.
func Script(shell string) (script []byte, ok bool) {
	file, ok := shells()[shell]
	if !ok {
		return nil, false
	}
	script, err := scripts.ReadFile(file)
	return script, err == nil
}
