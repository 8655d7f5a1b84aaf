package registrytest

// A Client is another program that reads packages, in words.
type Client struct {
	// Name is the program and its version, and Does what it does with packages.
	Name, Does string
	// So is what follows for users.
	So string
	// Test is the test in e2e that runs the program.
	Test string
}

// Clients are the programs that the tests run.
func Clients() []Client {
	return []Client{
		{"Docker Compose 5.6", "reads the last composition of an index, whatever its platform", "the portable one is the last", "TestDockerComposeReadsEveryKind"},
		{"crane 0.22, oras 1.3, regctl 0.11", "copy a bundle whole, with an index in the index", "any of them moves it", "TestOtherClientsCopyABundle"},
		{"crane 0.22, oras 1.3, regctl 0.11", "bring a saved file into a registry, with the same digest", "a file needs no ocompose at the other end", "TestOtherClientsLoadASavedFile"},
		{"oras 1.3", "writes the files of a package under their titles", "ocompose is not needed to get them", "TestOrasPullsTheFiles"},
		{"skopeo 1.9", "refuses an index in an index; writes an index anew, without artifact types", "`push --bundle --flat`, and `ocompose copy` onto itself after it", "TestSkopeoCopiesAFlatBundle"},
		{"skopeo 1.9", "copies an image of a loose package out of a saved file, by its name, if it has the types of OCI", "`oci-archive:FILE:IMAGE`", "TestSkopeoCopiesImagesOfAFile"},
		{"Podman 4.3", "refuses to pull a package: it is no image; pulls the images of a bundle by their digests", "`ocompose images` prints them", "TestPodmanPullsImages"},
		{"Podman 4.3", "pulls an image of a loose package out of a saved file, by its name, and any image from `ocompose serve`", "`oci-archive:FILE:IMAGE`", "TestPodmanPullsImages"},
		{"cosign 2.6", "signs a package by its digest, under a tag or as a referrer, and checks it", "`copy` and `save` take the signature along", "TestCosign"},
	}
}
