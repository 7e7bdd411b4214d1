package rounds

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot/slacksim"
)

// Report is what came out.
type Report struct {
	Desks                                     int           // side by side
	Took                                      time.Duration // all of it
	Rounds, Starts, Kills, Stops, Fulls, Ends int
	Freezes, Jumps, Fixes                     int
	Backups, Restores                         int            // made while the desk was tortured; of them restored and looked at
	Read                                      int64          // bytes read for secrets
	Chores, Rows                              int            // deadlines, tickets and opportunities that people left, and that are there
	Cases, Doubts                             int            // at the partner center, and tickets of which nobody can know whether they have one
	Asks, Attempts                            int            // questions, and deliveries of them with all repetitions
	Kinds                                     map[string]int // questions by kind
	Struck                                    map[string]int // faults by what they did

	Heard      int // questions whose delivery the desk acknowledged
	Unheard    int // not acknowledged: of a command or a click the person saw that it failed
	Lonely     int // events of which Slack never got an acknowledgement, and that have no answer
	Doubled    int // answers that came twice by response_url, where no history can be read
	Apologies  int // answers that say that something went wrong
	Entries    uint64
	Seals      uint64
	Inbox      int
	FileBytes  int64
	Commits    uint64
	Start      time.Duration // the slowest start, from fork to open
	Glances    int           // looks at a copy of the store between rounds
	Unanswered int
	Twice      int
	Lost       int

	mu     sync.Mutex // guards Faults while the rounds run
	Faults []string   // everything found wrong, in words
}

// OK says that nothing was found wrong.
func (r *Report) OK() bool {
	return r.Unanswered == 0 && r.Twice == 0 && r.Lost == 0 && len(r.Faults) == 0
}

func (r *Report) fault(what, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Faults = append(r.Faults, what+": "+text)
}

func (r *Report) slowest(most *time.Duration, d time.Duration) { *most = max(*most, d) }

func (r *Report) struck(f slacksim.FaultCount) {
	if f.Struck == 0 {
		return
	}
	if r.Struck == nil {
		r.Struck = map[string]int{}
	}
	words := strings.Fields(f.Fault)
	r.Struck[words[0]+" "+words[1]] += f.Struck
}

// add takes over what came of one desk; nil for one that never began.
func (r *Report) add(o *Report) {
	if o == nil {
		return
	}
	for _, n := range []struct{ sum, more *int }{
		{&r.Rounds, &o.Rounds}, {&r.Starts, &o.Starts}, {&r.Kills, &o.Kills}, {&r.Stops, &o.Stops}, {&r.Fulls, &o.Fulls}, {&r.Ends, &o.Ends},
		{&r.Freezes, &o.Freezes}, {&r.Jumps, &o.Jumps}, {&r.Fixes, &o.Fixes}, {&r.Chores, &o.Chores}, {&r.Backups, &o.Backups}, {&r.Restores, &o.Restores}, {&r.Rows, &o.Rows}, {&r.Cases, &o.Cases}, {&r.Doubts, &o.Doubts},
		{&r.Asks, &o.Asks}, {&r.Attempts, &o.Attempts}, {&r.Heard, &o.Heard}, {&r.Unheard, &o.Unheard}, {&r.Lonely, &o.Lonely},
		{&r.Doubled, &o.Doubled}, {&r.Apologies, &o.Apologies}, {&r.Inbox, &o.Inbox}, {&r.Glances, &o.Glances},
		{&r.Unanswered, &o.Unanswered}, {&r.Twice, &o.Twice}, {&r.Lost, &o.Lost},
	} {
		*n.sum += *n.more
	}
	r.Entries, r.Seals, r.FileBytes, r.Read = r.Entries+o.Entries, r.Seals+o.Seals, r.FileBytes+o.FileBytes, r.Read+o.Read
	r.Start = max(r.Start, o.Start)
	r.Kinds, r.Struck = plus(r.Kinds, o.Kinds), plus(r.Struck, o.Struck)
	r.Faults = append(r.Faults, o.Faults...)
}

func plus(sum, more map[string]int) map[string]int {
	if sum == nil {
		sum = map[string]int{}
	}
	for k, n := range more {
		sum[k] += n
	}
	return sum
}

// String is the report as it is printed; its last three lines are the verdict.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rounds: %d in %v, desks side by side: %d (%d starts, %d SIGKILL, %d SIGTERM)\n", r.Rounds, r.Took.Round(time.Second), r.Desks, r.Starts, r.Kills, r.Ends)
	fmt.Fprintf(&b, "besides: %d SIGSTOP, %d of them until Slack gave the sockets up; no room on the disk %d times; read-only %d times; the clock set wrong %d times\n",
		r.Stops+r.Freezes, r.Freezes, r.Fulls, r.Fixes, r.Jumps)
	fmt.Fprintf(&b, "questions: %d in %d deliveries (%s)\n", r.Asks, r.Attempts, tally(r.Kinds))
	fmt.Fprintf(&b, "deadlines, tickets and opportunities: %d left, %d kept; cases made of tickets: %d; tickets whose case is in doubt: %d\n", r.Chores, r.Rows, r.Cases, r.Doubts)
	fmt.Fprintf(&b, "went wrong: %s\n", tally(r.Struck))
	fmt.Fprintf(&b, "acknowledged: %d; refused in sight of the person: %d; events Slack gave up: %d\n", r.Heard, r.Unheard, r.Lonely)
	fmt.Fprintf(&b, "doubled by response_url, where no history can be read: %d; apologies: %d\n", r.Doubled, r.Apologies)
	fmt.Fprintf(&b, "backups under load: %d, restored into quarantine: %d; read for secrets: %d bytes\n", r.Backups, r.Restores, r.Read)
	fmt.Fprintf(&b, "store: %d inbox rows, %d audit entries, %d seals verified, %d bytes; %d looks at a copy between rounds; slowest start %v\n",
		r.Inbox, r.Entries, r.Seals, r.FileBytes, r.Glances, r.Start.Round(time.Millisecond))
	for _, f := range r.Faults {
		fmt.Fprintln(&b, "found:", f)
	}
	fmt.Fprintf(&b, "unanswered: %d\ntwice: %d\nlost: %d\n", r.Unanswered, r.Twice, r.Lost)
	return b.String()
}

func tally(m map[string]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		words = append(words, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(words, ", ")
}
