package hostile

import "syscall"

// maxResident is the most memory that a process had, in bytes.
func maxResident(u *syscall.Rusage) int64 { return u.Maxrss << 10 }
