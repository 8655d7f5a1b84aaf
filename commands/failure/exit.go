package failure

// Exit statuses of the program.
const (
	ExitDone         = 0
	ExitFailed       = 1
	ExitUsage        = 2
	ExitNotFound     = 3
	ExitIncomplete   = 4
	ExitUnauthorized = 5
	ExitUnsigned     = 6
	ExitInterrupted  = 130
)

// An ExitStatus is an exit status of the program and what it means.
type ExitStatus struct {
	Status  int
	Meaning string
}

// ExitStatuses returns all exit statuses, for documentation.
func ExitStatuses() []ExitStatus {
	return []ExitStatus{
		{ExitDone, "done"},
		{ExitFailed, "failed"},
		{ExitUsage, "wrong usage"},
		{ExitNotFound, "not found"},
		{ExitIncomplete, "incomplete"},
		{ExitUnauthorized, "not authorized"},
		{ExitUnsigned, "not signed"},
		{ExitInterrupted, "interrupted"},
	}
}
