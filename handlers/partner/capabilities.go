package partner

import (
	"errors"
	"slices"
	"sync"
)

// Ability says whether the operator can make a call.
type Ability string

// Abilities. Unknown calls may be offered; the others must not be tried.
const (
	Able         Ability = "able"          // it worked, or a permission item of it is known to be there
	Untried      Ability = "untried"       // nothing speaks against it
	NoRights     Ability = "no_rights"     // the operator's kind has no rights at the partner center
	NoResellers  Ability = "no_resellers"  // for distributors only
	MissingItems Ability = "missing_items" // the account lacks every permission item that would do
)

// Capabilities knows which calls the operator can make: from what the operator
// is, and from what answers to earlier calls have shown. A write is never tried
// out; its items become known from reads that share them and from its first
// refusal. It is safe for concurrent use.
type Capabilities struct {
	kind Kind
	ops  map[string]Operation

	mu      sync.Mutex          // guards the fields below
	items   map[string]bool     // permission item: is there, is not there
	refused map[string]struct{} // operations whose items all were refused at once
	worked  map[string]struct{}
}

// NewCapabilities returns what is known of an operator before any call.
func NewCapabilities(kind Kind) *Capabilities {
	c := &Capabilities{kind: kind, ops: map[string]Operation{}, items: map[string]bool{}, refused: map[string]struct{}{}, worked: map[string]struct{}{}}
	for _, o := range Operations() {
		c.ops[o.Name] = o
	}
	return c
}

// Learn takes the result of one call. Only success and "access denied" teach
// anything; a later success overrules an earlier refusal, as items can be granted.
func (c *Capabilities) Learn(op string, err error) {
	o, ok := c.ops[op]
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.worked[op] = struct{}{}
		delete(c.refused, op)
		if len(o.Items) == 1 {
			c.items[o.Items[0]] = true
		}
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || slugOf(e.Code) != "item" {
		return
	}
	delete(c.worked, op)
	c.refused[op] = struct{}{}
	for _, i := range o.Items {
		c.items[i] = false
	}
}

// Can says whether the operator can make the call.
func (c *Capabilities) Can(op string) Ability {
	o, ok := c.ops[op]
	rights := slices.Contains([]Kind{"", SolutionProvider, Distributor}, c.kind)
	switch {
	case !ok || !rights && !o.Case:
		return NoRights
	case o.Reseller && c.kind != "" && c.kind != Distributor:
		return NoResellers
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.worked[op]; ok {
		return Able
	}
	if _, ok := c.refused[op]; ok {
		return MissingItems
	}
	missing := 0
	for _, i := range o.Items {
		has, known := c.items[i]
		if has {
			return Able
		}
		if known {
			missing++
		}
	}
	if len(o.Items) > 0 && missing == len(o.Items) {
		return MissingItems
	}
	return Untried
}

// Needs returns the permission items of the call, any of which is enough.
func (c *Capabilities) Needs(op string) []string { return slices.Clone(c.ops[op].Items) }
