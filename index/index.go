// Package index is how entries are found: a bleve index over the stored phrasings, and nothing else.
//
// It holds tokens that package faq has made and returns the phrasings that share them, best first. bleve's own scores stay inside:
// they move when segments merge, so nothing may be decided by them.
package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"
	"github.com/blevesearch/bleve/v2/search/query"

	"partnerdesk/faq"
)

// Options say where an index lies.
type Options struct {
	Dir string // directory for the index; empty means a private one that Close removes
}

// Index is a bleve index on disk.
type Index struct {
	b       bleve.Index
	private string // directory to remove on Close, empty when it was given
}

var _ faq.Searcher = (*Index)(nil)

// oneAnalyst has documents analysed one at a time. The queue belongs to the
// process and is set before the first index is made. More of them make an index
// no sooner on two cores, and hold up whoever is answered meanwhile.
var oneAnalyst sync.Once

// batchSize is the number of documents written at once; many small batches leave many files behind.
const batchSize = 4000

// Open builds an index of the corpus in a fresh directory. The index is derived data: it is made anew, never repaired.
func Open(ctx context.Context, c *faq.Corpus, o Options) (*Index, error) {
	x := &Index{}
	dir := o.Dir
	if dir == "" {
		private, err := os.MkdirTemp("", "partnerdesk-index-")
		if err != nil {
			return nil, fmt.Errorf("index directory: %w", err)
		}
		x.private, dir = private, private
	}
	m, err := indexMapping()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "bleve")
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("index directory: %w", err)
	}
	oneAnalyst.Do(func() { bleve.Config.SetAnalysisQueueSize(1) })
	x.b, err = bleve.NewUsing(path, m, scorch.Name, scorch.Name, map[string]any{"unsafe_batch": true})
	if err != nil {
		x.remove()
		return nil, fmt.Errorf("create index: %w", err)
	}
	if err := x.fill(ctx, c); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

func (x *Index) fill(ctx context.Context, c *faq.Corpus) error {
	batch := x.b.NewBatch()
	var err error
	for p := range c.Phrasings {
		if err = ctx.Err(); err != nil {
			break
		}
		if err = batch.Index(key(p.Hit), document(p)); err != nil {
			break
		}
		if batch.Size() >= batchSize {
			if err = x.b.Batch(batch); err != nil {
				break
			}
			batch.Reset()
		}
	}
	if err == nil && batch.Size() > 0 {
		err = x.b.Batch(batch)
	}
	if err != nil {
		return fmt.Errorf("fill index: %w", err)
	}
	return nil
}

// separator stands between tokens in a field; no token contains it.
const separator = "\x1f"

func document(p faq.Phrasing) map[string]any {
	return map[string]any{
		fieldEntry:    p.Entry,
		faq.FieldTerm: strings.Join(p.Terms, separator),
		faq.FieldPair: strings.Join(p.Pairs, separator),
		faq.FieldRaw:  strings.Join(p.Raw, separator),
	}
}

// Update brings the entries with the given ids to what the corpus now says about them: changed, added or gone.
func (x *Index) Update(ctx context.Context, c *faq.Corpus, ids ...string) error {
	batch := x.b.NewBatch()
	for _, id := range ids {
		old, err := x.keys(ctx, id)
		if err != nil {
			return err
		}
		for _, k := range old {
			batch.Delete(k)
		}
		for p := range c.PhrasingsOf(id) {
			if err := batch.Index(key(p.Hit), document(p)); err != nil {
				return fmt.Errorf("update entry %s: %w", id, err)
			}
		}
	}
	if err := x.b.Batch(batch); err != nil {
		return fmt.Errorf("update index: %w", err)
	}
	return nil
}

// fieldEntry holds the id of the entry a phrasing belongs to.
const fieldEntry = "e"

// keys returns the documents an entry has in the index.
func (x *Index) keys(ctx context.Context, id string) ([]string, error) {
	q := query.NewTermQuery(id)
	q.SetField(fieldEntry)
	res, err := x.b.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, mostPhrasings, 0, false))
	if err != nil {
		return nil, fmt.Errorf("documents of entry %s: %w", id, err)
	}
	out := make([]string, len(res.Hits))
	for i, h := range res.Hits {
		out[i] = h.ID
	}
	return out, nil
}

// mostPhrasings is more than any entry has.
const mostPhrasings = 10000

// key names the document of a phrasing: the id of the entry and its number there.
func key(h faq.Hit) string {
	return h.Entry + separator + strconv.Itoa(h.N)
}

func hit(key string) (faq.Hit, error) {
	id, n, ok := strings.Cut(key, separator)
	at, err := strconv.Atoi(n)
	if !ok || err != nil {
		return faq.Hit{}, fmt.Errorf("search index: document %q is no phrasing", key)
	}
	return faq.Hit{Entry: id, N: at}, nil
}

// Search returns at most limit phrasings that share tokens with the query, best first.
func (x *Index) Search(ctx context.Context, terms []faq.Term, limit int) ([]faq.Hit, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	parts := make([]query.Query, len(terms))
	for i, t := range terms {
		q := query.NewTermQuery(t.Token)
		q.SetField(t.Field)
		q.SetBoost(t.Boost)
		parts[i] = q
	}
	req := bleve.NewSearchRequestOptions(query.NewDisjunctionQuery(parts), limit, 0, false)
	res, err := x.b.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	out := make([]faq.Hit, 0, len(res.Hits))
	for _, h := range res.Hits {
		found, err := hit(h.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, found)
	}
	return out, nil
}

// Close releases the index, and removes it when it was private.
func (x *Index) Close() error {
	var err error
	if x.b != nil {
		err = x.b.Close()
	}
	x.remove()
	return err
}

func (x *Index) remove() {
	if x.private != "" {
		os.RemoveAll(x.private)
	}
}

// analyzerName names the analyzer that takes our tokens as they are.
const analyzerName = "partnerdesk-tokens"

type splitter struct{}

// Analyze cuts at the separator and nowhere else.
func (splitter) Analyze(in []byte) analysis.TokenStream {
	if len(in) == 0 {
		return nil
	}
	parts := strings.Split(string(in), separator)
	out := make(analysis.TokenStream, len(parts))
	for i, p := range parts {
		out[i] = &analysis.Token{Term: []byte(p), Position: i + 1, Type: analysis.AlphaNumeric}
	}
	return out
}

// register makes the analyzer known to bleve, which keeps one list for the whole process.
var register = sync.OnceValue(func() error {
	return registry.RegisterAnalyzer(analyzerName, func(map[string]any, *registry.Cache) (analysis.Analyzer, error) {
		return splitter{}, nil
	})
})

func indexMapping() (mapping.IndexMapping, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("register analyzer: %w", err)
	}
	m := bleve.NewIndexMapping()
	m.ScoringModel = "bm25"
	m.DefaultAnalyzer = analyzerName
	doc := bleve.NewDocumentStaticMapping()
	for _, field := range [...]string{fieldEntry, faq.FieldTerm, faq.FieldPair, faq.FieldRaw} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = analyzerName, false, false, false, false
		doc.AddFieldMappingsAt(field, f)
	}
	doc.AddSubDocumentMapping("_all", bleve.NewDocumentDisabledMapping())
	m.DefaultMapping = doc
	return m, nil
}
