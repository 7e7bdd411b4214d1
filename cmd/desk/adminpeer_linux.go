package desk

import (
	"net"
	"syscall"
)

// peer asks the kernel who is at the other end of a connection; empty when it
// does not say.
func peer(c net.Conn) string {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ""
	}
	uid := -1
	err = raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			uid = int(cred.Uid)
		}
	})
	if err != nil || uid < 0 {
		return ""
	}
	return osUser(uid)
}
