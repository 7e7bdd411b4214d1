// Package desk wires the program together: it is the only place that knows
// every part. It has no main, so that tests and tools run the same program.
package desk

import (
	"context"
	"errors"
	"fmt"
	"os"

	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/faq/sound"
	"partnerdesk/faq/source"
	"partnerdesk/index"
)

// Knowledge is the corpus, its index and the desk that answers from them.
type Knowledge struct {
	*faq.Desk
	Corpus   *faq.Corpus
	searcher faq.Searcher
	private  string // a directory of our own, removed at the end
}

// OpenKnowledge loads the shipped corpus, or the one in c.Corpus, and indexes
// it in a private directory. The index is derived data: it is built anew at
// every start, so a damaged one cannot exist.
func OpenKnowledge(ctx context.Context, c FAQConfig) (*Knowledge, error) {
	corpus, err := LoadCorpus(c.Corpus)
	if err != nil {
		return nil, err
	}
	return openKnowledge(ctx, c, corpus, "")
}

// openKnowledge indexes in a directory of its own below within; empty means the
// system's place for temporary files.
func openKnowledge(ctx context.Context, c FAQConfig, corpus *faq.Corpus, within string) (*Knowledge, error) {
	dir, err := os.MkdirTemp(within, "partnerdesk-index-")
	if err != nil {
		return nil, fmt.Errorf("index directory: %w", err)
	}
	searcher, err := index.Open(ctx, corpus, index.Options{Dir: dir})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("index: %w", err), os.RemoveAll(dir))
	}
	desk, err := faq.NewDesk(corpus, searcher, faq.Options{Sure: c.Sure, Maybe: c.Maybe, Sounds: sound.Table{}})
	if err != nil {
		return nil, errors.Join(err, searcher.Close(), os.RemoveAll(dir))
	}
	return &Knowledge{Desk: desk, Corpus: corpus, searcher: searcher, private: dir}, nil
}

// LoadCorpus loads the shipped entries, or those in a directory.
func LoadCorpus(dir string) (*faq.Corpus, error) {
	if dir == "" {
		return source.Load(data.FAQ)
	}
	return source.Only(data.FAQ, dir)
}

// Entry returns an entry by its id, nil when there is none.
func (k *Knowledge) Entry(id string) *faq.Entry { return k.Corpus.Entry(id) }

// Shipped is the same as Entry: nothing lies over this corpus.
func (k *Knowledge) Shipped(id string) *faq.Entry { return k.Corpus.Entry(id) }

// Entries lists what is served.
func (k *Knowledge) Entries() []*faq.Entry { return k.Corpus.Entries }

// Searcher is the index, for those who fit weights.
func (k *Knowledge) Searcher() faq.Searcher { return k.searcher }

// Close releases the index and removes its directory.
func (k *Knowledge) Close() error {
	return errors.Join(k.searcher.Close(), os.RemoveAll(k.private))
}
