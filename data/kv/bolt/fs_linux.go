package bolt

import "syscall"

// networkFS names the network file system dir is on; empty for any other.
func networkFS(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return ""
	}
	return networkName(uint32(s.Type))
}

// networkName knows the numbers of statfs(2), Linux man-pages 6.9, and of
// linux/magic.h, 2026-11-20.
func networkName(magic uint32) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0x517b:
		return "SMB"
	case 0xff534d42:
		return "CIFS"
	case 0xfe534d42:
		return "SMB2"
	case 0x564c:
		return "NCP"
	case 0x00c36400:
		return "Ceph"
	case 0x5346414f, 0x6b414653:
		return "AFS"
	case 0x73757245:
		return "Coda"
	case 0x0bd00bd0:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	}
	return ""
}
