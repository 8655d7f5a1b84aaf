package hostile

import "syscall"

// maxResident returns the peak resident memory of a process in bytes.
func maxResident(u *syscall.Rusage) int64 { return u.Maxrss << 10 }
