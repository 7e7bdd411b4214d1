package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
	"partnerdesk/faq"
	"partnerdesk/faq/sound"
)

// faqTrain writes the weights anew, from the shipped corpus and files of the
// repository alone; faq/testdata/train/README.md is the recipe.
func (p *program) faqTrain() *cobra.Command {
	c := &cobra.Command{Use: "train", Short: p.words.T("cli.faq.train.short"), Args: p.noArgs}
	out := c.Flags().String("out", "faq", p.words.T("cli.flag.out"))
	negatives := c.Flags().String("negatives", "faq/testdata/train/off.txt", p.words.T("cli.flag.negatives"))
	cases := c.Flags().StringArray("cases", []string{"faq/testdata/eval/dev.jsonl", "faq/testdata/eval/dev-oos.jsonl", "faq/testdata/train/asked.jsonl"}, p.words.T("cli.flag.cases"))
	seed := c.Flags().Uint64("seed", 1, p.words.T("cli.faq.train.flag.seed"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		off, err := readLines(*negatives)
		if err != nil {
			return err
		}
		known, err := readCases(*cases)
		if err != nil {
			return err
		}
		know, err := desk.OpenKnowledge(c.Context(), desk.FAQConfig{})
		if err != nil {
			return err
		}
		defer func() { _ = know.Close() }()
		start := time.Now()
		model, how, err := faq.Train(c.Context(), know.Corpus, know.Searcher(), faq.TrainOptions{
			Sounds: sound.Table{}, Negatives: off, Cases: known, Seed: *seed,
			Progress: func(done, total int) {
				if total > 0 && done%max(1, total/20) == 0 {
					fmt.Fprintf(p.err, "\r%3d %%", 100*done/total)
				}
			},
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(p.err, "\r")
		files, err := model.Files()
		if err != nil {
			return err
		}
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(*out, name), data, 0o644); err != nil {
				return err
			}
		}
		fmt.Fprintln(p.out, p.words.T("cli.faq.train.done",
			"samples", fmt.Sprint(how.Samples), "found", fmt.Sprintf("%.1f", 100*how.Found), "loss", fmt.Sprintf("%.3f", how.Loss), "took", time.Since(start).Round(time.Second).String()))
		return nil
	}
	return c
}

// readLines reads a text file without empty lines and comments.
func readLines(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var lines []string
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if s := strings.TrimSpace(sc.Text()); s != "" && !strings.HasPrefix(s, "#") {
			lines = append(lines, s)
		}
	}
	return lines, sc.Err()
}

// readCases reads several files of questions.
func readCases(names []string) ([]faq.Case, error) {
	var all []faq.Case
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		cases, err := faq.ReadCases(name, f)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	return all, nil
}
