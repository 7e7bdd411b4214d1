package desk

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
)

// sealMailEvery is how often the latest seal goes out by mail: a mailbox is not
// for one a minute, and each proves everything before it.
const sealMailEvery = 24 * time.Hour

// sealMail is the job that mails the latest seal, for an auditor to keep.
func (p *Program) sealMail() bot.Job {
	return bot.Job{Name: "audit-mail", Every: sealMailEvery, Run: func(ctx context.Context, now time.Time) error {
		team, err := p.ownTeam(ctx)
		if err != nil || team == "" {
			return err
		}
		// At a first start nothing is sealed yet, and the next mail is a day away.
		if err := p.seals.seal(ctx); err != nil {
			return fmt.Errorf("mail seal: %w", err)
		}
		s, found, err := p.seals.latest(ctx)
		if err != nil || !found {
			return err
		}
		post := p.sealPost(team, s, now)
		if err := p.store.Update(ctx, func(tx bot.Tx) error { return tx.Post(post) }); err != nil {
			return fmt.Errorf("mail seal: %w", err)
		}
		p.sender.Poke()
		return nil
	}}
}

func (p *Program) sealPost(team string, s store.Seal, now time.Time) bot.Post {
	c := p.Config()
	w := p.deps.Catalog.In(cmp.Or(c.Together, lang.Chinese))
	number := strconv.FormatUint(s.Number, 10)
	text := func(t string) bot.Block { return bot.Paragraph{Inlines: []bot.Inline{bot.Text(t)}} }
	return bot.Post{
		To: bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: team}, Address: c.Audit.Mail}, Lane: bot.LaneMail, Created: now,
		Reply: bot.Reply{Blocks: []bot.Block{
			bot.Heading{Text: w.T("mail.seal.subject", "number", number)}, text(w.T("mail.seal.text", "number", number, "time", s.At.In(c.Zone).Format("2006-01-02 15:04"))),
			bot.Paragraph{Inlines: []bot.Inline{bot.Code(s.Hash())}}, text(w.T("mail.seal.how")),
		}, Files: []bot.File{{Name: "seal-" + number + witness.SealFile, Kind: "application/octet-stream", Data: append(s.Line(), '\n')}}},
	}
}

// latest is the last seal there is.
func (l *sealer) latest(ctx context.Context) (s store.Seal, found bool, err error) {
	n, err := l.store.LastSeal(ctx)
	if err != nil || n == 0 {
		return s, false, err
	}
	for s, err := range l.store.Seals(ctx, n-1) {
		return s, err == nil, err
	}
	return s, false, nil
}
