package carry

import "slices"

// A stay is the reason why mounted files are not packaged.
type stay string

// The reasons, as in warnings.
const (
	stayUnasked    stay = "mounted files are not packaged"
	stayWritable   stay = "mounted folders and binary files that containers may write to are not packaged without --with-files"
	stayIgnored    stay = "mounted files that .gitignore or .dockerignore excludes are not packaged without --with-files"
	stayTools      stay = "output of tools in mounted source folders is not packaged without --with-files"
	stayHidden     stay = "mounted files that other programs read automatically are not packaged without --with-files"
	stayEnv        stay = "mounted env files are not packaged without --with-env"
	staySecret     stay = "mounted files with values that look like secrets are not packaged without --allow-secrets"
	stayArchived   stay = "bind mounts are not packaged, and must exist on the deployment host"
	stayProject    stay = "files of the project itself are not packaged as mounted files"
	stayUnreadable stay = "mounted files that this user may not read are not packaged"

	stayBroken     stay = "broken symlinks in mounted folders are not packaged"
	stayFolderLink stay = "symlinks to folders in mounted folders are not packaged"
	stayOutside    stay = "symlinks in mounted folders that point outside the project folder are not packaged"
)

// stays are the names of files that are not packaged, by reason.
type stays struct {
	order []stay
	names map[stay][]string
	seen  map[stay]map[string]bool
}

func (s *stays) add(reason stay, name string) {
	if s.names == nil {
		s.names, s.seen = map[stay][]string{}, map[stay]map[string]bool{}
	}
	if s.names[reason] == nil {
		s.order = append(s.order, reason)
		s.seen[reason] = map[string]bool{}
	}
	if !s.seen[reason][name] {
		s.seen[reason][name] = true
		s.names[reason] = append(s.names[reason], name)
	}
}

// has reports whether a name stays for a reason.
func (s *stays) has(reason stay, name string) bool { return s.seen[reason][name] }

// omit leaves out the names that another mount has packaged after all.
func (s *stays) omit(packaged func(name string) bool) {
	for reason, names := range s.names {
		s.names[reason] = slices.DeleteFunc(names, packaged)
	}
}

// warnings returns a warning for each reason.
func (s *stays) warnings(asked Mounted) []string {
	var all []string
	for _, reason := range s.order {
		if reason == stayUnasked && asked == MountedNone || len(s.names[reason]) == 0 {
			continue // as requested
		}
		all = append(all, string(reason)+": "+list(s.names[reason]))
	}
	return all
}
