package registrytest

// A Client describes another program that reads packages.
type Client struct {
	// Name is the program and its version, and Does how it handles packages.
	Name, Does string
	// So is the consequence for users.
	So string
	// Test is the test in e2e that runs the program.
	Test string
}

// Clients returns the programs that the tests run.
func Clients() []Client {
	return []Client{
		{"Docker Compose 5.6", "reads the last composition of an index, regardless of its platform", "the portable one is the last", "TestDockerComposeReadsEveryKind"},
		{"crane 0.22, oras 1.3, regctl 0.11", "copy a complete bundle with nested indexes", "any of them can copy it", "TestOtherClientsCopyABundle"},
		{"crane 0.22, oras 1.3, regctl 0.11", "copy a saved file to a registry and keep the digest", "the receiver does not need ocompose", "TestOtherClientsLoadASavedFile"},
		{"oras 1.3", "writes the files of a package under their titles", "ocompose is not needed to get them", "TestOrasPullsTheFiles"},
		{"skopeo 1.9", "rejects nested indexes; rewrites an index without artifact types", "`push --bundle --flat`, then `ocompose copy` onto itself", "TestSkopeoCopiesAFlatBundle"},
		{"skopeo 1.9", "copies an image of a loose package from a saved file by name, if it has OCI media types", "`oci-archive:FILE:IMAGE`", "TestSkopeoCopiesImagesOfAFile"},
		{"Podman 4.3", "can't pull a package, because it is not an image; pulls the images of a bundle by digest", "`ocompose images` prints them", "TestPodmanPullsImages"},
		{"Podman 4.3", "pulls an image of a loose package from a saved file by name, and any image from `ocompose serve`", "`oci-archive:FILE:IMAGE`", "TestPodmanPullsImages"},
		{"Podman 5.5, by its library", "takes the composition for this machine as an artifact, from every kind of index", "`podman artifact pull` needs no special form", "TestPodmanArtifacts"},
		{"cosign 2.6", "signs a package by digest, with a tag or a referrer, and verifies it", "`copy` and `save` include the signature", "TestCosign"},
	}
}
