package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// company is a row of companies.json; money in fen.
type company struct {
	Name, Account, Type, Label, Level, Verified, Manager string
	Cash, Debt, Granted, Designated, Credit, CreditLeft  int64
	Frozen                                               int
	Person                                               bool
	Customers                                            []company
}

// seed makes the world of the options: the same for the same seed, kind and time.
func seed(o Options) (*world, error) {
	var plan struct {
		Operator             company
		Customers, Resellers []company
	}
	if err := readJSON("companies.json", &plan); err != nil {
		return nil, err
	}
	now := o.Now().UTC().Truncate(time.Second)
	w := &world{Parties: map[string]*party{}, Denied: map[string]bool{}, Files: map[string]*attachment{}, Lag: o.Lag, catalog: new(catalog), rng: rand.New(rand.NewPCG(uint64(o.Seed), 7))}
	if err := readJSON("catalog.json", w.catalog); err != nil {
		return nil, err
	}
	w.Operator = w.addParty(plan.Operator, now.AddDate(-3, 0, 0)).ID
	for i, c := range plan.Customers {
		w.addCustomer(c, w.Operator, now.AddDate(0, -1-2*i, -3))
	}
	if o.Kind == Distributor {
		for i, r := range plan.Resellers {
			p := w.addParty(r, now.AddDate(-1, -i, 0))
			for k, c := range r.Customers {
				w.addCustomer(c, p.ID, now.AddDate(0, -2-k, 0))
			}
		}
	}
	w.stock(now)
	w.stockCases(now)
	resellers := o.Resellers
	if o.Kind != Distributor {
		resellers = 0
	}
	w.crowd(now, resellers, o.Customers)
	return w, nil
}

func (w *world) addParty(c company, since time.Time) *party {
	p := &party{
		ID: w.hex(32), Name: c.Name, Account: c.Account, Cash: fen(c.Cash), Designated: fen(c.Designated),
		Credit: fen(c.CreditLeft), Limit: fen(c.Credit), Since: since, Manager: c.Manager,
		Phone: w.phone(), Mail: c.Account + "@example.com",
	}
	w.Parties[p.ID] = p
	return p
}

func (w *world) addCustomer(c company, owner string, since time.Time) {
	verified := c.Verified
	if verified == "" {
		verified = "2"
	}
	w.Customers = append(w.Customers, &customer{
		ID: w.hex(32), Name: c.Name, Account: c.Account, Owner: owner, Type: c.Type, Cash: fen(c.Cash), Debt: fen(c.Debt),
		Granted: fen(c.Granted), Label: c.Label, Level: c.Level, Since: since, Verified: verified, Person: c.Person,
		Frozen: c.Frozen, Manager: "li.na", Phone: w.phone(), Mail: "contact@" + c.Account + ".example.com",
	})
}

// phone makes a number of a block that is not given out.
func (w *world) phone() string { return fmt.Sprintf("1300000%04d", w.rng.IntN(10000)) }
