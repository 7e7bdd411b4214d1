package handlers

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// lister is /voucher import and /funds import: a table of customers and amounts is
// tried out row by row, shown, handed over as one, and carried out as operations.
type lister struct{ moneyer }

// sheetTypes are the endings of the files that are taken.
func sheetTypes() []string { return []string{"csv", "xlsx"} }

// into adds what a list needs to a command.
func (l lister) into(c *bot.Command) {
	maps.Copy(c.Subs, l.subs())
	maps.Copy(c.Actions, l.actions())
	maps.Copy(c.Forms, l.forms())
}

func (l lister) subs() map[string]bot.Action {
	guide := bot.Action{Needs: bot.RightRequest, Run: l.guide}
	return map[string]bot.Action{"import": guide, "导入": guide}
}

func (l lister) actions() map[string]bot.Action {
	return map[string]bot.Action{
		"import":         {Needs: bot.RightRequest, Run: l.guide},
		"upload":         {Needs: bot.RightRequest, Run: l.form, Opens: true},
		"sheet-try":      {Needs: bot.RightRequest, Run: l.try},
		"sheet-show":     {Run: l.view},
		"sheet-submit":   {Needs: bot.RightRequest, Run: l.submitList},
		"sheet-withdraw": {Needs: bot.RightRequest, Run: l.withdrawList},
		"sheet-again":    {Needs: bot.RightRequest, Run: l.againList},
		"sheet-approve":  {Needs: bot.RightApprove, Run: l.approveList},
		"sheet-decline":  {Needs: bot.RightApprove, Run: l.declineForm, Opens: true},
	}
}

func (l lister) forms() map[string]bot.Submission {
	return map[string]bot.Submission{
		"upload":        {Needs: bot.RightRequest, Check: l.check, Run: l.upload},
		"sheet-decline": {Needs: bot.RightApprove, Check: l.checkReason, Run: l.declineList},
	}
}

// able refuses where lists cannot be read or kept.
func (l lister) able(r bot.Request) error {
	if err := l.ready(r); err != nil {
		return err
	}
	if l.d.Money.Lists == nil || l.d.Files == nil || l.d.Sheets == nil {
		return bot.User("sheet.unset", "admin", l.d.words(r).T("person.admin"))
	}
	return nil
}

// guide says what the file looks like, gives one to fill in, and opens the way. A
// file that came along with the words is taken right away.
func (l lister) guide(_ context.Context, r bot.Request) (bot.Outcome, error) {
	if err := l.able(r); err != nil {
		return bot.Outcome{}, err
	}
	w := l.d.words(r)
	if len(r.Files) > 0 {
		return bot.Outcome{Reply: l.offer(r, r.Files[0], l.command)}, nil
	}
	data, err := l.template(w)
	if err != nil {
		return bot.Outcome{}, err
	}
	reply := private(bot.Text(w.T("sheet.guide."+l.command, "most", count(money.MaxRows))))
	reply.Files = []bot.File{{Name: w.T("sheet.template." + l.command), Title: w.T("sheet.template.title"), Kind: xlsxKind, Data: data}}
	reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("sheet.guide.safe"))}},
		bot.Buttons{Items: []bot.Button{{Action: l.command + ".upload", Text: w.T("sheet.button.upload"), Style: bot.StylePrimary}}})
	return bot.Outcome{Reply: reply}, nil
}

// offer asks what a file is for that was shared without a form.
func (l lister) offer(r bot.Request, f bot.Attached, commands ...string) bot.Reply {
	w := l.d.words(r)
	known := url.Values{"file": {f.ID}, "name": {clip(f.Name, 100)}}.Encode()
	reply := private(bot.Text(w.T("sheet.offer", "name", clip(f.Name, 60))))
	var buttons bot.Buttons
	for _, command := range commands {
		b := bot.Button{Action: command + ".upload", Text: w.T("sheet.button." + command), Value: known}
		if command == "funds" && l.distributor(r) != nil { // nothing else to ask for
			b.Action = "funds.sheet-try"
		}
		buttons.Items = append(buttons.Items, b)
	}
	reply.Blocks = append(reply.Blocks, buttons)
	return reply
}

// try is the dry run of a file that needs no form.
func (l lister) try(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	r.State, r.Value, r.Values = r.Value, "", map[string]string{}
	return l.upload(ctx, r)
}

// shared answers somebody who shared a table with the desk and said nothing of it.
func (d *Deps) shared(r bot.Request) (bot.Reply, bool) {
	i := slices.IndexFunc(r.Files, func(f bot.Attached) bool { return slices.Contains(sheetTypes(), fileEnding(f.Name)) })
	if i < 0 || strings.TrimSpace(r.Text) != "" || !r.Place.Direct || d.Money == nil || d.Money.Lists == nil || d.Files == nil {
		return bot.Reply{}, false
	}
	return lister{moneyer{d: d}}.offer(r, r.Files[i], "voucher", "funds"), true
}

func fileEnding(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// template is an empty table with its titles, and a second sheet that explains it.
func (l lister) template(w lang.Words) ([]byte, error) {
	first := func(key string) string { title, _, _ := strings.Cut(w.T(key), "|"); return title }
	amount := first("sheet.header.amount")
	if l.command == "voucher" {
		amount = w.T("sheet.header.face")
	}
	how := Sheet{Name: w.T("sheet.how"), Header: []string{w.T("sheet.how.column"), w.T("sheet.how.what"), w.T("sheet.how.example")}, Rows: [][]string{
		{first("sheet.header.party"), w.T("sheet.how.party." + l.command), w.T("sheet.how.party.example")},
		{amount, w.T("sheet.how.amount"), "500"},
		{first("sheet.header.remark"), w.T("sheet.how.remark."+l.command, "most", count(map[bool]int{true: mostMemoWords, false: mostNoteWords}[l.command == "voucher"])), ""},
	}}
	return l.d.Sheets.XLSX(Sheet{Name: w.T("sheet.rows"), Header: []string{first("sheet.header.party"), amount, first("sheet.header.remark")}}, how)
}

// form asks for the file and for what holds for all its rows.
func (l lister) form(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := l.able(r); err != nil {
		return bot.Outcome{}, err
	}
	w, known := l.d.words(r), typed(r.Value)
	form := bot.Form{Name: l.command + ".upload", Title: w.T("sheet.title." + l.command), Submit: w.T("sheet.button.try"), Close: w.T("form.close"),
		Intro: []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(w.T("sheet.guide.safe"))}}}}
	if id := known.Get("file"); id != "" {
		form.State = url.Values{"file": {id}, "name": {known.Get("name")}}.Encode()
		form.Intro = append(form.Intro, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("sheet.given", "name", clip(known.Get("name"), 60)))}})
	} else {
		form.Fields = append(form.Fields, bot.FormField{Name: "file", Kind: bot.FieldFile, Label: w.T("sheet.field.file"), Hint: w.T("sheet.field.file.hint", "most", count(money.MaxRows)), Types: sheetTypes()})
	}
	switch {
	case l.command == "voucher":
		v := voucherer(l)
		quotas, err := v.usable(ctx, r.Actor.Account)
		if err != nil {
			return bot.Outcome{}, err
		}
		if len(quotas) == 0 {
			return bot.Outcome{}, bot.User("voucher.quota.none")
		}
		form.Fields = append(form.Fields, v.quotaField(w, quotas, known.Get("quota")),
			bot.FormField{Name: "from", Kind: bot.FieldLine, Label: w.T("voucher.field.from"), Hint: w.T("voucher.field.from.hint"), Initial: known.Get("from"), Optional: true, Max: 30},
			bot.FormField{Name: "until", Kind: bot.FieldLine, Label: w.T("money.field.until"), Hint: w.T("voucher.field.until.hint"), Initial: known.Get("until"), Optional: true, Max: 30})
	case l.distributor(r) == nil:
		form.Fields = append(form.Fields, bot.FormField{Name: "to", Kind: bot.FieldChoice, Label: w.T("funds.field.to"), Initial: cmp.Or(known.Get("to"), "customer"), Options: []bot.Option{
			{Value: "customer", Text: w.T("funds.to.customer")}, {Value: "reseller", Text: w.T("funds.to.reseller")},
		}})
	}
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

// check looks at the form while it is open, from what stands in it alone.
func (l lister) check(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	f, given := l.file(r)
	switch {
	case !given:
		faults["file"] = "sheet.fault.file"
	case f.Field != "" && !slices.Contains(sheetTypes(), fileEnding(f.Name)):
		faults["file"] = "sheet.fault.type"
	case f.Size > money.MaxListFile:
		faults["file"] = "sheet.fault.size"
	}
	l.checkTimes(r, faults)
	return faults, nil
}

// file is the one handed over with the form, or before it was opened.
func (l lister) file(r bot.Request) (bot.Attached, bool) {
	for _, f := range r.Files {
		if f.Field == "file" {
			return f, true
		}
	}
	known := typed(r.State)
	return bot.Attached{ID: known.Get("file"), Name: known.Get("name")}, known.Get("file") != ""
}

// upload tries the file out: nothing is sent, and what is wrong stands row by row.
func (l lister) upload(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if f, given := l.file(r); given { // goes along when something is to be put right
		r.Values = maps.Clone(r.Values)
		r.Values["file"], r.Values["name"] = f.ID, f.Name
	}
	return l.orEdit(r, "upload", func() (bot.Outcome, error) {
		if err := l.able(r); err != nil {
			return bot.Outcome{}, err
		}
		if err := l.faulty(ctx, r, l.check); err != nil {
			return bot.Outcome{}, err
		}
		f, _ := l.file(r)
		name, data, err := l.d.Files.Fetch(ctx, f.ID, money.MaxListFile)
		if err != nil {
			if errors.Is(err, bot.ErrFileTooLarge) || errors.Is(err, bot.ErrNoFile) {
				delete(r.Values, "file") // another one may do
			}
			return bot.Outcome{}, fetched(err, f.Name)
		}
		list := money.List{Kind: money.IssueCoupon, File: clip(oneLine(name), 100)}
		if l.command == "funds" {
			list.Kind = money.GrantCustomer
			if r.Values["to"] == "reseller" {
				if err := l.distributor(r); err != nil {
					return bot.Outcome{}, err
				}
				list.Kind = money.GrantReseller
			}
		}
		if list.Rows, err = l.d.sheetRows(name, data, list.Kind); err != nil {
			delete(r.Values, "file") // it is the file that has to be put right
			return bot.Outcome{}, err
		}
		if list.Kind == money.IssueCoupon {
			list.From, _ = l.from(r.Values["from"])
			list.To, _ = l.until(r.Values["until"])
			list.Quota = oneLine(r.Values["quota"])
			if list.Quota == "" {
				only, err := voucherer(l).only(ctx, r, nil)
				if err != nil {
					return bot.Outcome{}, err
				}
				list.Quota = only.ID
			}
		}
		return l.dryRun(ctx, r, list, "")
	})
}

// fetched words why a file could not be read.
func fetched(err error, name string) error {
	name = clip(name, 60)
	switch {
	case errors.Is(err, bot.ErrFileTooLarge):
		return bot.User("sheet.fault.size").Because(err)
	case errors.Is(err, bot.ErrFileScope):
		return bot.User("sheet.no.scope").Because(err)
	case errors.Is(err, bot.ErrNoFile):
		return bot.User("sheet.no.file", "name", name).Because(err)
	}
	return bot.User("sheet.no.fetch", "name", name).Because(err)
}

// dryRun finds who is meant, holds every row against the rules, keeps the list as a
// draft, and shows it. again names the list it follows.
func (l lister) dryRun(ctx context.Context, r bot.Request, list money.List, again string) (bot.Outcome, error) {
	list.Team, list.Account, list.Requester, list.RequesterRoles, list.Lang = team(r), r.Actor.Account, r.Person, r.Actor.Roles, r.Lang
	list.Seed = r.ID
	customers, err := l.findParties(ctx, &list)
	if err != nil {
		return bot.Outcome{}, err
	}
	list.Twice("sheet.fault.twice")
	policy := l.d.Money.Policy.Full()
	for i := range list.Rows {
		if row := &list.Rows[i]; row.Fault == "" && row.Amount > min(policy.PerOperation, policy.PerParty) {
			row.Field, row.Fault, row.Args = "amount", "sheet.fault.limit", []string{"limit", yuan(min(policy.PerOperation, policy.PerParty))}
		}
	}
	if list, err = money.NewList(list, l.d.Now()); err != nil {
		return bot.Outcome{}, err
	}
	if list.Seen, err = l.d.listSource(ctx, list, customers); err != nil {
		return bot.Outcome{}, center(err)
	}
	approvers, err := l.d.Money.actors(ctx, l.d.Access, bot.RightApprove, list.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	list.CouldApprove = len(approvers)
	before, err := l.same(ctx, list)
	if err != nil {
		return bot.Outcome{}, err
	}
	if before != nil && again == "" {
		list.Same = before.ID
	}
	now := l.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) { return l.keep(tx, r, list, before, again, now) }}, nil
}

// keep writes a draft down, once however often its delivery comes.
func (l lister) keep(tx bot.Tx, r bot.Request, list money.List, before *money.List, again string, now time.Time) (bot.Reply, error) {
	for try := range 100 {
		list.ID = money.ListID(list.Seed, try)
		old, found, err := l.d.Money.Lists.ListIn(tx, list.Team, list.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		if found && old.Seed == list.Seed {
			return l.preview(r, old, before), nil
		}
		if !found {
			break
		}
	}
	if again != "" {
		first, found, err := l.d.Money.Lists.ListIn(tx, list.Team, again)
		if err != nil {
			return bot.Reply{}, err
		}
		if taken, err := l.taken(tx, first); err != nil || !found || taken {
			return l.no(r, first, bot.User("money.no.again", "id", first.Again)), err
		}
		first.Again, first.Rev, first.Told = list.ID, first.Rev+1, first.Rev+1
		if err := l.d.Money.Lists.PutList(tx, first); err != nil {
			return bot.Reply{}, err
		}
	}
	if err := l.d.Money.Lists.PutList(tx, list); err != nil {
		return bot.Reply{}, err
	}
	if err := tx.Audit(listEntry(list, r.Person, "list.draft", now)); err != nil {
		return bot.Reply{}, err
	}
	return l.preview(r, list, before), nil
}

// taken says that the failed rows of a list were offered again, in a list that was
// not dropped.
func (l lister) taken(tx bot.Tx, first money.List) (bool, error) {
	if first.Again == "" {
		return false, nil
	}
	next, found, err := l.d.Money.Lists.ListIn(tx, first.Team, first.Again)
	return found && (next.State != money.ListOver || len(next.Operations()) > 0), err
}

// same finds an earlier list that says the same and was handed over.
func (l lister) same(ctx context.Context, list money.List) (*money.List, error) {
	all, err := l.d.Money.Lists.ListsOf(ctx, list.Team, list.Account)
	if err != nil {
		return nil, err
	}
	for _, old := range slices.Backward(all) {
		if old.Digest == list.Digest && old.State != money.ListDraft && len(old.Operations()) > 0 {
			return &old, nil
		}
	}
	return nil, nil
}

// listSource reads what a list draws on, live, and holds the list against what the
// partner center would refuse as a whole.
func (d *Deps) listSource(ctx context.Context, l money.List, customers []partner.Customer) (money.Preview, error) {
	p := money.Preview{At: d.Now()}
	if l.Kind != money.IssueCoupon {
		payer := books(l.Account)
		if l.Kind == money.GrantReseller {
			payer = partner.Operator
		}
		bal, err := d.Money.Center.Balance(ctx, payer)
		p.Available, p.Known = bal.Grantable()
		return p, err
	}
	q, err := d.quota(ctx, l.Account, l.Quota)
	if err != nil {
		return p, err
	}
	p.Available, p.Known, p.Ends, p.Source = q.Balance, true, q.To, q.ID
	if l.To.After(q.To) {
		return p, bot.User("voucher.no.until", "time", d.clock(q.To))
	}
	if !l.From.IsZero() && l.From.Before(q.From) {
		return p, bot.User("voucher.no.from", "time", d.clock(q.From))
	}
	if len(customers) == 0 {
		return p, nil
	}
	one := partner.Issue{QuotaID: q.ID, CustomerIDs: []string{customers[0].ID}, FaceValue: 1, From: l.From, To: l.To}
	return p, checked(partner.CheckIssue(one, q, customers[:1], d.Now()))
}
