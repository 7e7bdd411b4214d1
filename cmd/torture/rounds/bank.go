package rounds

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// The people of the money torture.
const (
	approverA = "U0APPROVE1"
	approverB = "U0APPROVE2"
	chief     = "U0CHIEF001"
	visitor   = "U0VISITOR1" // of a reseller, a guest
	moneyKey  = "TORTUREMK"
	moneyTill = "torture-money-sk"
	moneyRoom = "C0MONEY001"

	requesters = 6
)

// bankLag is how long a signature is accepted and how late records show, by the clock of the desk and the partner center.
const bankLag = 30 * time.Second

func requesterID(i int) string { return fmt.Sprintf("U0R%07d", i) }

// bank is the town of the money torture: a workspace, and a partner center whose calls are counted, disturbed and
// deadly. Its world outlives every desk.
type bank struct {
	*slacksim.Workspace
	clock   clock
	world   *sandbox.Sandbox
	center  string
	own     *rest.Client // reads the records, and is the second actor's way in
	opened  time.Time    // UTC
	shop    string       // the reseller whose person asks across accounts
	parties []partner.Customer
	quotas  []string
	stop    func()

	mu      sync.Mutex // guards what follows
	lots    *rand.Rand
	double  bool           // every call that moves value does so twice, as if the desk had sent it twice
	share   float64        // of the desk's calls that move value and meet a fault
	struck  map[string]int // faults by kind
	writes  int            // of the desk, that reached the partner center
	last    time.Time      // of the latest write, by the clock
	deadly  string         // see deathAt
	left    int            // calls until then
	reads   bool           // calls that read are counted, too
	reap    func()
	foreign map[string]bool // claims of the second actor
	theirs  map[bucket]int  // and what they are about
}

// The moments of a call to the partner center at which the desk can die.
const (
	arrives  = "call-arrives"  // nothing has happened yet
	happened = "call-happened" // it took effect, and nobody has been told
	answered = "call-answered" // the answer is on its way
)

// bucket tells the effects of one operation from those of any other of the desk: every amount is used once.
type bucket struct {
	kind, party string
	amount      partner.Fen
}

func openBank(c clock, seed uint64) (*bank, error) {
	o := slacksim.Options{
		Team: slacksim.Team{ID: team, Name: "Torture", Domain: "torture"},
		App: slacksim.App{
			ID: "A0DESK0001", Name: "partnerdesk", BotID: "B0DESK0001", BotUserID: botUser, BotName: "partnerdesk",
			BotToken: botToken, AppToken: appToken, SigningSecret: signing,
			Commands: []slacksim.SlashCommand{{Name: "/voucher"}, {Name: "/funds"}, {Name: "/desk"}},
		},
		Now: c.Now, Patience: 2 * time.Second, RateLimit: true, TriggerLife: time.Duration(3 * c.speed * float64(time.Second)), // 3 s as they are lived
		RetryAfter: []time.Duration{0, 400 * time.Millisecond, 1500 * time.Millisecond, 4 * time.Second, 8 * time.Second, 20 * time.Second, 20 * time.Second},
	}
	members := []string{botUser, approverA, approverB, chief, visitor}
	for i := range requesters {
		members = append(members, requesterID(i))
	}
	for i, id := range members[1:] {
		o.Users = append(o.Users, slacksim.User{ID: id, Name: strings.ToLower(id), Locale: []string{"zh-CN", "en-US"}[i%2], Guest: id == visitor})
	}
	o.Channels = []slacksim.Channel{{ID: moneyRoom, Name: "money", Members: members}}
	w, err := slacksim.New(o)
	if err != nil {
		return nil, err
	}
	b := &bank{Workspace: w, clock: c, opened: c.Now().UTC(), lots: rand.New(rand.NewPCG(seed, 77)), struck: map[string]int{}, foreign: map[string]bool{}, theirs: map[bucket]int{}}
	b.world, err = sandbox.New(sandbox.Options{Seed: 1, Kind: sandbox.Distributor, AK: keyID, SK: aksk.Secret(keyValue),
		Keys: []aksk.Key{{AK: moneyKey, SK: aksk.Secret(moneyTill)}}, Window: bankLag, Lag: bankLag, Now: c.Now})
	if err != nil {
		return nil, err
	}
	b.own, err = rest.New(rest.Options{Endpoint: "http://center.test", CaseEndpoint: "http://center.test", Keys: []aksk.Key{{AK: keyID, SK: aksk.Secret(keyValue)}},
		Money: []aksk.Key{{AK: keyID, SK: aksk.Secret(keyValue)}}, Kind: partner.Distributor, Transport: b.world, Now: c.Now})
	if err != nil {
		return nil, err
	}
	if err := b.look(); err != nil {
		return nil, err
	}
	return b, b.serve()
}

// look finds out whom value can be given to, and out of which quotas.
func (b *bank) look() error {
	ctx := context.Background()
	for c, err := range b.own.Customers(ctx, partner.Operator, partner.CustomerQuery{Association: partner.Resale}) {
		if err != nil {
			return err
		}
		if c.Frozen == 0 && len(b.parties) < 8 {
			b.parties = append(b.parties, c)
		}
	}
	for q, err := range b.own.Quotas(ctx, partner.Operator, partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}}) {
		if err != nil {
			return err
		}
		if now := b.clock.Now(); q.From.Before(now) && q.To.After(now.Add(24*time.Hour)) && q.Type == partner.VoucherQuota && len(q.Limits) == 0 && q.Balance > partner.Yuan(5000) {
			b.quotas = append(b.quotas, q.ID)
		}
	}
	b.shop = b.world.Resellers()[0]
	if len(b.parties) < 4 || len(b.quotas) == 0 {
		return fmt.Errorf("the world has %d customers and %d quotas for this", len(b.parties), len(b.quotas))
	}
	return nil
}

func (b *bank) serve() error {
	var crew sync.WaitGroup
	var servers []*http.Server
	serve := func(h http.Handler) (string, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		crew.Go(func() { _ = s.Serve(l) }) // ends with Close
		return "http://" + l.Addr().String(), nil
	}
	b.stop = func() {
		b.Close()
		for _, s := range servers {
			_ = s.Close()
		}
		crew.Wait()
	}
	slack, err := serve(b.Handler())
	if err == nil {
		b.SetURL(slack)
		b.center, err = serve(b)
	}
	return err
}

// moves says that a call moves value.
func moves(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "adjust") || strings.HasSuffix(r.URL.Path, "adjust-amount") ||
		strings.HasSuffix(r.URL.Path, "reclaim") || strings.HasSuffix(r.URL.Path, "/partner-coupons"))
}

// troubles are what a call that moves value may meet; late and held are played here, the others by the sandbox.
const (
	late = "late" // it arrives later than it was sent, whatever became of who sent it
	held = "held" // it takes effect, and the answer does not come for a while
)

func troubles() []string {
	return []string{sandbox.Throttle, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.ErrorAfter, sandbox.GatewayAfter, sandbox.DropBefore, sandbox.DropAfter, sandbox.DropAfter,
		sandbox.Truncate, sandbox.Internal200, sandbox.Empty200, late, late, late, held, held}
}

// ServeHTTP is the partner center as the desk meets it.
func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // who sent it is no more
	}
	trouble, wait, at := b.draw(moves(r))
	r = again(r, body)
	if trouble != "" && trouble != late && trouble != held {
		r.Header.Set(sandbox.Header, trouble)
	}
	if at == arrives {
		b.reap()
	}
	if trouble == late {
		time.Sleep(wait)
	}
	if b.double && moves(r) {
		b.world.ServeHTTP(&kept{header: http.Header{}}, again(r, body))
	}
	if trouble != held && at != happened {
		b.world.ServeHTTP(w, r)
		if at == answered {
			b.reap()
		}
		return
	}
	answer := &kept{header: http.Header{}}
	defer answer.send(w)
	defer func() {
		if at == happened {
			b.reap()
		}
		if trouble == held {
			time.Sleep(wait)
		}
	}()
	b.world.ServeHTTP(answer, r)
}

// again is a request as it arrived, that happens whatever becomes of who sent it.
func again(r *http.Request, body []byte) *http.Request {
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// kept is an answer that is not sent yet.
type kept struct {
	header http.Header
	status int
	bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) { k.status = status }

func (k *kept) send(w http.ResponseWriter) {
	if v := recover(); v != nil {
		panic(v)
	}
	for name, list := range k.header {
		w.Header()[name] = list
	}
	if k.status != 0 {
		w.WriteHeader(k.status)
	}
	_, _ = w.Write(k.Bytes()) // nobody may listen any more
}

// draw decides what becomes of a call, and whether the desk dies of it.
func (b *bank) draw(moves bool) (trouble string, wait time.Duration, at string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case moves:
		b.writes++
		b.last = b.clock.Now()
		if b.lots.Float64() < b.share {
			trouble = one(b.lots, troubles()...)
			wait = drawn(b.lots, 50*time.Millisecond, time.Duration(1.4*float64(bankLag)/b.clock.speed))
		}
	case b.lots.Float64() < b.share/6:
		trouble = one(b.lots, sandbox.Throttle, sandbox.ErrorBefore, sandbox.DropBefore, sandbox.Truncate)
	}
	if trouble != "" {
		b.struck[trouble]++
		if moves {
			b.last = b.clock.Now().Add(time.Duration(float64(wait) * b.clock.speed))
		}
	}
	if b.deadly != "" && (moves || b.reads) {
		if b.left--; b.left <= 0 {
			at, b.deadly = b.deadly, ""
		}
	}
	return trouble, wait, at
}

// deathAt has the desk die at the k-th call that moves value from now on, or with reads at the k-th of all.
func (b *bank) deathAt(moment string, k int, reads bool, reap func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deadly, b.left, b.reads, b.reap = moment, k, reads, reap
}

// disturb sets how many of the calls go wrong.
func (b *bank) disturb(share float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.share = share
}

// env is the environment of a desk in the town.
func (b *bank) env(dir, transport string) []string {
	e := (&town{Workspace: b.Workspace, clock: b.clock, center: b.center}).env(dir, transport)
	e = slices.DeleteFunc(e, func(s string) bool { return strings.HasPrefix(s, "PARTNERDESK_TRIAGE") })
	return append(e, "PARTNERDESK_OPERATOR_KIND="+sandbox.Distributor, "PARTNER_MONEY_AK="+moneyKey, "PARTNER_MONEY_SK="+moneyTill, envLag+"="+bankLag.String(),
		"PARTNERDESK_MONEY_PER_PERSON=2000000", "PARTNERDESK_MONEY_PER_PARTY=2000000", "PARTNERDESK_MONEY_PER_DAY=9000000")
}

func (b *bank) config() string {
	return `people:
  - {who: "*", roles: [staff]}
  - {who: ` + approverA + `, roles: [staff, approver]}
  - {who: ` + approverB + `, roles: [staff, approver]}
  - {who: ` + chief + `, roles: [lead]}
  - {who: ` + visitor + `, roles: [staff], employer: "reseller:` + b.shop + `"}
`
}

// byHand is the second actor: somebody gives the same customer the same amount, out of the same quota, in the partner
// center's own pages.
func (b *bank) byHand(w wish) error {
	ctx := context.Background()
	for _, c := range w.to {
		var id, kind string
		switch w.kind {
		case wishVoucher:
			made, err := b.own.Issue(ctx, partner.Operator, partner.Issue{QuotaID: w.quota, CustomerIDs: []string{c.ID}, FaceValue: w.amount, Memo: "by hand"})
			if err != nil || len(made.Coupons) != 1 {
				return fmt.Errorf("by hand: %d coupons, %w", len(made.Coupons), err)
			}
			id, kind = "coupon/"+made.Coupons[0].CouponID, "coupon-issue"
		case wishGrant:
			r, err := b.own.GrantCustomer(ctx, partner.Operator, c.ID, w.amount)
			if err != nil {
				return fmt.Errorf("by hand: %w", err)
			}
			id, kind = "trans/"+r.ID, "customer-grant"
		default:
			return nil
		}
		b.mu.Lock()
		b.foreign[id] = true
		b.theirs[bucket{kind, c.ID, w.amount}]++
		b.mu.Unlock()
	}
	return nil
}

func (b *bank) join(addr string) {
	base := "http://" + addr + "/slack/"
	b.SetRequestURLs(slacksim.RequestURLs{Commands: base + "commands", Interactivity: base + "interactivity", Events: base + "events"})
}
