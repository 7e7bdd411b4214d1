// Package bot is how the desk talks: a [Request] comes in, an [Outcome] goes
// out. It holds the words every other part is written in and one place,
// [Bot.Handle], that looks a request up, authorises it, times it, recovers from
// it, words its errors and records it in one transaction. The doors (a chat
// system, a terminal, a clock) sit in the folders below and know these words;
// these words know no door.
package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"partnerdesk/bot/lang"
)

// Right is a kind of doing that a command asks for. Roles grant rights; which
// role grants which is decided in handlers/access, never in a command.
type Right string

// The rights, from the harmless to the dangerous.
const (
	RightAsk       Right = "ask"       // ask questions, see help
	RightRead      Right = "read"      // see balances, customers, vouchers of one's own account
	RightRequest   Right = "request"   // ask for something that somebody else approves
	RightTriage    Right = "triage"    // work on tickets
	RightEdit      Right = "edit"      // correct the corpus, see why an answer came
	RightApprove   Right = "approve"   // decide about money
	RightExport    Right = "export"    // take tables away
	RightAudit     Right = "audit"     // read the records
	RightConfigure Right = "configure" // operate the desk
)

// Area is a field of work that an operator may or may not have at all.
type Area string

// The areas. An operator without rights at the partner center has no money
// area; only a distributor has resellers.
const (
	AreaDesk     Area = ""         // always there
	AreaMoney    Area = "money"    // balances, customers, vouchers, funds
	AreaReseller Area = "reseller" // a distributor's resellers
	AreaRequests Area = "requests" // what resellers ask of their distributor: theirs alone
)

// Handler does the reading for one request and says what should change. It
// makes no remote effect and writes nothing itself.
type Handler func(ctx context.Context, r Request) (Outcome, error)

// Command is something people can do. Its texts are catalog messages found by
// its name: command.NAME.summary, command.NAME.usage, command.NAME.help, and
// command.NAME.alias (other names, separated by spaces).
type Command struct {
	Name    string // without the slash; lower case
	Needs   Right
	Area    Area
	Calls   []string // what it asks of the partner center, by operation; for checks and tables, decides nothing
	Run     Handler
	Names   bool                  // what is typed may name people: a door turns @name into <@ID>
	Subs    map[string]Action     // what its first word selects, with rights of its own: /desk why …
	Actions map[string]Action     // what its buttons do, by the name after the dot
	Forms   map[string]Submission // what its forms do, by the name after the dot

	// Suggests is what its search fields and boxes offer while somebody types, by
	// the name after the dot.
	Suggests map[string]Suggestion
	// Shortcuts are its entries in a chat system's own menus, by the name after
	// the dot.
	Shortcuts map[string]Shortcut
}

// Action is what a button does.
type Action struct {
	Needs Right // empty: what the command needs
	Area  Area  // empty: the command's
	Bare  bool  // of a sub: it opens a form only when nothing is typed behind it
	Opens bool  // it answers with a form, so one must be opened while the click is fresh
	Run   Handler
}

// Submission is what a filled-in form does.
type Submission struct {
	Needs Right // empty: what the command needs
	Area  Area  // empty: the command's
	// Check looks at the values from local data alone, in well under a second.
	// It returns a catalog key for every field at fault, none when all is well.
	Check func(ctx context.Context, r Request) (map[string]string, error)
	Run   Handler
}

// Job is something the desk does by the clock. Its name is fixed for life.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context, now time.Time) error
}

// Options is what a Bot needs.
type Options struct {
	Commands  []Command
	Default   string // the command that takes free text: mentions and direct messages
	People    Directory
	Access    Authorizer
	Store     Store
	Links     Links         // nil: a message is linked to as the door that decoded it thinks
	Forms     Forms         // nil: this door shows forms by itself, from what Handle returns
	Catalog   *lang.Catalog // every text
	Meter     Meter         // nil counts nothing
	Log       *slog.Logger  // nil discards
	Now       func() time.Time
	Deadline  time.Duration // for one request; zero means 20 s
	AdminHint string        // who to ask when access is refused; empty says "your admin" in words
}

// Bot answers requests.
type Bot struct {
	o        Options
	commands map[string]*Command
	names    []string          // in table order
	aliases  map[string]string // folded name or alias -> command name
	says     []say
}

// New checks the command table and builds a Bot. A name used twice, a command
// without its texts, an unknown default or a missing part is an error.
func New(o Options) (*Bot, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noMeter{}
	}
	if o.Deadline == 0 {
		o.Deadline = 20 * time.Second
	}
	var faults []error
	for name, missing := range map[string]bool{
		"People": o.People == nil, "Access": o.Access == nil, "Store": o.Store == nil, "Catalog": o.Catalog == nil, "Now": o.Now == nil,
	} {
		if missing {
			faults = append(faults, fmt.Errorf("bot: %s is not set", name))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	b := &Bot{o: o, commands: map[string]*Command{}, aliases: map[string]string{}}
	for i := range o.Commands {
		c := &o.Commands[i]
		if _, twice := b.commands[c.Name]; twice || c.Name == "" || c.Run == nil {
			faults = append(faults, fmt.Errorf("bot: command %q is nameless, empty or there twice", c.Name))
			continue
		}
		for _, key := range []string{"summary", "usage", "help", "alias"} {
			if !o.Catalog.Has("command." + c.Name + "." + key) {
				faults = append(faults, fmt.Errorf("bot: command %q has no message command.%s.%s", c.Name, c.Name, key))
			}
		}
		for _, key := range c.shortcutKeys() {
			if !o.Catalog.Has(key) {
				faults = append(faults, fmt.Errorf("bot: command %q has no message %s", c.Name, key))
			}
		}
		b.commands[c.Name] = c
		b.names = append(b.names, c.Name)
		b.aliases[c.Name] = c.Name
		b.readSays(c)
		for _, tag := range lang.Tags() {
			for alias := range strings.FieldsSeq(o.Catalog.Text(tag, "command."+c.Name+".alias")) {
				alias = strings.ToLower(alias)
				if other, ok := b.aliases[alias]; ok && other != c.Name {
					faults = append(faults, fmt.Errorf("bot: alias %q names both %q and %q", alias, other, c.Name))
				}
				b.aliases[alias] = c.Name
			}
		}
	}
	if _, ok := b.commands[o.Default]; !ok {
		faults = append(faults, fmt.Errorf("bot: default command %q does not exist", o.Default))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return b, nil
}

// Commands lists the table in its order.
func (b *Bot) Commands() []Command {
	list := make([]Command, 0, len(b.names))
	for _, n := range b.names {
		list = append(list, *b.commands[n])
	}
	return list
}
