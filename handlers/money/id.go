package money

import "crypto/sha256"

// idLetters leaves out what is easily taken for something else: I, L, O, U, 0, 1.
const idLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// ID makes a readable id of a seed, e.g. MO-7F3KQ. try counts up while the id is
// taken by another operation.
func ID(seed string, try int) string { return idOf("MO-", seed, try) }

// RequestID is the same for a request, e.g. RQ-7F3KQ.
func RequestID(seed string, try int) string { return idOf("RQ-", seed, try) }

func idOf(prefix, seed string, try int) string {
	sum := sha256.Sum256(append([]byte{byte(try), byte(try >> 8)}, seed...))
	id := []byte(prefix)
	for i := range 5 + min(try/8, 6) {
		id = append(id, idLetters[int(sum[i])%len(idLetters)])
	}
	return string(id)
}
