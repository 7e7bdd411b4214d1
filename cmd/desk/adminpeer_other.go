//go:build !linux

package desk

import (
	"net"
	"os"
)

// peer says that it was the desk's own user: elsewhere nobody else may open the
// socket, but for the machine's administrator.
func peer(net.Conn) string { return osUser(os.Getuid()) }
