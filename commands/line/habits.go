package line

// OtherCommands are command names of other programs, with the equivalent command here:
// docker and docker compose, crane, oras, regctl, skopeo, imgpkg, helm.
func OtherCommands() map[string]string {
	return map[string]string{
		"publish": "push", "upload": "push", "package": "push", "pkg": "push", "bundle": "push --bundle",
		"cp": "copy", "mv": "copy", "move": "copy", "sync": "copy", "relocate": "copy", "mirror": "copy", "promote": "copy",
		"rm": "delete", "del": "delete", "remove": "delete", "rmi": "delete", "untag": "delete", "prune": "delete",
		"list": "ls", "repo": "ls", "dir": "ls", "catalog": "ls",
		"list-tags": "tags", "listtags": "tags", "retag": "tag",
		"discover": "referrers", "refs": "referrers", "referrer": "referrers", "artifact": "referrers", "tree": "referrers",
		"fetch": "pull", "download": "pull", "get": "pull", "export": "pull", "extract": "pull", "unpack": "pull",
		"show": "inspect", "describe": "inspect", "info": "inspect", "manifest": "inspect", "digest": "inspect", "cat": "inspect",
		"config": "images", "image": "images", "resolve": "images",
		"check": "verify", "validate": "verify", "lint": "verify", "fsck": "verify",
		"registry": "serve", "server": "serve", "run": "up", "deploy": "up", "create": "up",
		"down": "compose REF -- down", "stop": "compose REF -- stop", "start": "compose REF -- start", "restart": "compose REF -- restart",
		"ps": "compose REF -- ps", "logs": "compose REF -- logs", "exec": "compose REF -- exec", "kill": "compose REF -- kill", "top": "compose REF -- top",
		"attach-to": "attach", "link": "attach",
		"signin": "login", "auth": "login", "signout": "logout",
		"completions": "completion", "manpages": "man", "docs": "man",
		"about": "version", "ver": "version",
	}
}

// otherFlags are flag names of other programs, with what to write here; "COMMAND FLAG" is for one
// command only.
func otherFlags() map[string][]string {
	return map[string][]string{
		// docker compose
		"app": {"--bundle"}, "with-images": {"--bundle"}, "resolve-image-digests": {"push, which pins every image"},
		"workdir": {"--project-directory"}, "project-dir": {"--project-directory"}, "oci-version": {"push, which detects it"},
		"insecure-registries": {"--insecure-registry HOST"},
		// docker, podman and skopeo
		"all-platforms": {"the command without --platform"}, "multi-arch": {"the command without --platform"},
		"tls-verify": {"--insecure-skip-tls-verify"}, "src-tls-verify": {"--insecure-registry HOST"}, "dest-tls-verify": {"--insecure-registry HOST"},
		"authfile": {"the environment variable REGISTRY_AUTH_FILE"}, "registry-config": {"the environment variable DOCKER_CONFIG"},
		"config": {"the environment variable DOCKER_CONFIG"}, "creds": {"--username NAME --password-stdin"},
		"user": {"--username NAME"}, "password": {"--password-stdin, which reads the password from stdin"}, "pass": {"--password-stdin, which reads the password from stdin"}, "token": {"--password-stdin"},
		"cert-dir": {"--ca-file FILE"}, "cacert": {"--ca-file FILE"}, "cert": {"--ca-file FILE"}, "ca-cert": {"--ca-file FILE"},
		// crane, oras and regctl
		"insecure": {"--plain-http"}, "http": {"--plain-http"}, "allow-insecure": {"--insecure-registry HOST"},
		"skip-tls-verify": {"--insecure-skip-tls-verify"}, "insecure-skip-verify": {"--insecure-skip-tls-verify"},
		"concurrency": {"--jobs N"}, "parallel": {"--jobs N"}, "max-concurrency": {"--jobs N"}, "workers": {"--jobs N"},
		"verbose": {"--debug"}, "verbosity": {"--debug"}, "trace": {"--debug"}, "log-level": {"--debug"},
		"silent": {"--quiet"}, "no-progress": {"--progress none"}, "no-tty": {"--progress plain"},
		"json": {"--output json"}, "template": {"--format TEMPLATE"}, "out": {"--output FORMAT"},
		"dest": {"--directory DIR"}, "dir": {"--directory DIR"}, "output-dir": {"--directory DIR"}, "target": {"--directory DIR"},
		"overwrite": {"--force"}, "yes": {"the command without it: there are no prompts"}, "y": {"the command without it: there are no prompts"},
		"arch": {"--platform OS/ARCH"}, "os": {"--platform OS/ARCH"}, "architecture": {"--platform OS/ARCH"},
		"label": {"--annotation KEY=VALUE"}, "t": {"--tag TAG", "REF:TAG, as an argument"}, "tag": {"REF:TAG, as an argument"}, "a": {"--annotation KEY=VALUE"}, "p": {"--platform OS/ARCH", "--password-stdin, which reads the password from stdin"},
		"include-images": {"--images"}, "with-referrers": {"copy, which includes the subject of an attached composition"},
		"recursive": {"copy, which copies everything"}, "type": {"--artifact-type TYPE"},
		"compose-file": {"--file FILE"}, "port": {"--listen HOST:PORT"}, "addr": {"--listen HOST:PORT"}, "address": {"--listen HOST:PORT"},
		"i": {"FILE, as the first argument"}, "input": {"FILE, as the first argument"},
		"inspect f": {"--format TEMPLATE"}, "version f": {"--format TEMPLATE"},
		"v": {"--debug"}, "r": {"copy, which copies everything"}, "raw": {"--output json"}, "pretty": {"--output json"},
		"what-if": {"--dry-run"}, "simulate": {"--dry-run"}, "n": {"--dry-run"},
	}
}
