package rounds

import (
	"strings"
	"sync"

	"partnerdesk/bot/slacksim"
)

// The kinds of question.
const (
	kindCommand = "command"
	kindMention = "mention"
	kindDirect  = "direct message"
	kindClick   = "click"
	kindForm    = "form"
)

// ask is one thing a person wanted of the desk.
type ask struct {
	round   int
	kind    string
	user    string
	channel string
	text    string
	several bool // more than one answer is in order
	opens   bool // a form is an answer

	delivery string // its identity at Slack
	hook     string
	acked    bool // Slack got an acknowledgement
	opened   bool // a form opened instead of an answer

	posts    map[string]int // messages in its place or to the person, by the post they carry
	returns  int            // posts to its response_url that took effect
	whispers int            // ephemeral messages to the person
}

// answered says whether the person has got something.
func (a *ask) answered() bool {
	return a.returns > 0 || len(a.posts) > 0 || a.opened || a.kind == kindForm && a.whispers > 0
}

// ledger follows the transcript and keeps what the invariants are about.
type ledger struct {
	mu         sync.Mutex // guards what follows
	all        []*ask
	current    map[string]*ask // by person
	byDelivery map[string]*ask
	byHook     map[string]*ask
	byThread   map[string]*ask   // of mentions, by channel and ts
	direct     map[string]string // person by direct message
	stands     map[string][]string
	posts      map[string]int // how often a post stands in a history, by its id
	effects    int            // calls that took effect
	deliveries int            // attempts
	chores     []*chore
	faults     map[string]int
	messages   int // of the desk
	apologies  int
	apology    []string // what an apology says

	reap func() // called at the effect reapAt
	at   int
}

func newLedger() *ledger {
	return &ledger{current: map[string]*ask{}, byDelivery: map[string]*ask{}, byHook: map[string]*ask{}, byThread: map[string]*ask{},
		direct: map[string]string{}, stands: map[string][]string{}, posts: map[string]int{}, faults: map[string]int{}}
}

// put begins a question. What its person does next belongs to it.
func (l *ledger) put(a *ask) *ask {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.posts = map[string]int{}
	l.all = append(l.all, a)
	l.current[a.user] = a
	return a
}

// reapAfter calls reap at the n-th call from now on that takes effect.
func (l *ledger) reapAfter(n int, reap func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reap, l.at = reap, l.effects+n
}

// hear takes a line of the transcript.
func (l *ledger) hear(line slacksim.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line.Fault != "" && line.What != "answer" {
		l.faults[line.Fault]++
	}
	switch line.What {
	case "delivery":
		l.heardDelivery(line)
	case "ack":
		if a := l.byDelivery[line.Delivery]; a != nil && line.Error == "" {
			a.acked = true
		}
	case "answer":
		if !line.Effect {
			return
		}
		if a := l.byHook[line.Hook]; a != nil && line.Hook != "" {
			a.returns++
		}
		if l.effects++; l.reap != nil && l.effects >= l.at {
			l.reap()
			l.reap = nil
		}
	case "message":
		if line.App {
			l.heardMessage(line)
		}
	}
}

func (l *ledger) heardDelivery(line slacksim.Line) {
	l.deliveries++
	a := l.byDelivery[line.Delivery]
	if a == nil {
		if a = l.current[line.User]; a == nil {
			return
		}
		l.byDelivery[line.Delivery] = a
	}
	a.delivery = line.Delivery
	if line.Hook != "" {
		a.hook = line.Hook
		l.byHook[line.Hook] = a
	}
	if a.kind == kindMention {
		l.byThread[line.Channel+"/"+line.TS] = a
	}
}

func (l *ledger) heardMessage(line slacksim.Line) {
	l.messages++
	for _, text := range l.apology {
		if strings.Contains(line.Text, text) {
			l.apologies++
		}
	}
	a := l.byThread[line.Channel+"/"+line.Thread]
	if user := l.direct[line.Channel]; user != "" {
		a = l.current[user]
	}
	if line.To != "" {
		a = l.current[line.To]
		if a != nil {
			a.whispers++
		}
		return
	}
	if line.Post == "" {
		return // by a response_url
	}
	l.posts[line.Post]++
	if a != nil {
		a.posts[line.Post]++
	}
}

// waiting lists the questions of a round that the desk took, or that Slack will offer again, and that nobody answered
// yet.
func (l *ledger) waiting(round int) []*ask {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*ask
	for _, a := range l.all {
		if a.round == round && !a.answered() && a.expected() {
			list = append(list, a)
		}
	}
	return list
}

// said counts the messages of the desk.
func (l *ledger) said() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages
}

// handedOver notes that more will be said where a question was asked.
func (l *ledger) handedOver(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.all {
		if a.channel == channel {
			a.several = true
		}
	}
}

// open notes that a form opened.
func (l *ledger) open(a *ask) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.opened = true
}

// expected says whether the person may expect an answer: the desk took the delivery, or it is an event, which Slack
// repeats and of which nobody sees that it failed.
func (a *ask) expected() bool { return a.acked || a.kind == kindMention || a.kind == kindDirect }
