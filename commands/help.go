package commands

// Templates of the help texts, which docs/commands.md is generated from as well.
const (
	appHelp = `{{.Name}} - {{.Usage}}

Usage:
   {{.UsageText}}

Commands:{{range .VisibleCommands}}
   {{printf "%-12s" .Name}}{{.Usage}}{{end}}

ocompose COMMAND --help tells more. The result goes to stdout, all else to stderr;
exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 incomplete,
5 not authorised, 130 interrupted.
`
	commandHelp = `{{.HelpName}} - {{.Usage}}

Usage:
   {{.HelpName}} [flags]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Description}}
{{.Description}}
{{end}}
Flags:{{range .VisibleFlags}}
   {{.}}{{end}}
`
)
