package bolt

import "testing"

func TestNetworkName(t *testing.T) {
	for _, c := range []struct {
		name  string
		magic uint32
		want  string
	}{
		{"ext4", 0xef53, ""},
		{"xfs", 0x58465342, ""},
		{"tmpfs", 0x01021994, ""},
		{"overlay", 0x794c7630, ""},
		{"nfs", 0x6969, "NFS"},
		{"cifs", 0xff534d42, "CIFS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := networkName(c.magic); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
