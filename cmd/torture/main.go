// Command torture runs a whole desk as a child process of the Slack simulator, kills it again and again while people
// talk to it, and then looks whether anybody was left without an answer, got one twice, or whether anything was lost.
// It is not shipped.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"partnerdesk/cmd/torture/rounds"
)

func main() {
	if rounds.IsChild(os.Getenv) {
		os.Exit(rounds.Child(context.Background(), os.Getenv, os.Stdin, os.Stdout, os.Stderr))
	}
	o := rounds.Options{Out: os.Stdout}
	flag.IntVar(&o.Rounds, "rounds", 20, "how many rounds of 10 deliveries")
	flag.IntVar(&o.Desks, "desks", 4, "how many desks are tortured side by side, each in a town of its own")
	flag.Uint64Var(&o.Seed, "seed", 1, "of everything that is drawn by lot")
	flag.Float64Var(&o.Speed, "speed", 8, "how much faster the desk's clock runs; its waits of 5 s and 30 s pass accordingly")
	flag.DurationVar(&o.Atmost, "atmost", time.Hour, "begin no round after this long")
	flag.StringVar(&o.Only, "only", "", "interrupt in this way alone, such as kill, full or before-commit")
	flag.StringVar(&o.Ask, "ask", "", "have people ask in this way alone, such as mention, click or form; with -writes also deadline, ticket or opportunity")
	flag.StringVar(&o.Keep, "keep", "", "a directory to leave the store, the log and the transcript in; empty: they go")
	writes := flag.Bool("writes", false, "record the writes of one round with strace instead, and open what a power cut could have left of each")
	cuts := flag.Bool("cuts", false, "instead cut every file of a desk short, to several lengths, and start it")
	cash := flag.Bool("money", false, "instead have people move money, with a partner center that errs and records that lag")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() (verdict, error) { return rounds.Run(ctx, o) }
	if *writes {
		run = func() (verdict, error) { return rounds.Writes(ctx, o) }
	}
	if *cash {
		o.Speed = max(o.Speed, 16)
		run = func() (verdict, error) { return rounds.Money(ctx, o) }
	}
	if *cuts {
		run = func() (verdict, error) { return rounds.Cuts(ctx, o) }
	}
	report, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(2)
	}
	fmt.Print(report)
	if !report.OK() {
		os.Exit(1)
	}
}

type verdict interface {
	fmt.Stringer
	OK() bool
}
