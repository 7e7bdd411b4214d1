package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// item is a line of a page in reading order.
type item struct {
	level int    // 1 to 6 for a heading, else 0
	head  string // of a table row or a term: what it is about
	row   bool
	text  string
}

// pageWalk collects the items of a page. It relies on headings, paragraphs, lists and tables only.
type pageWalk struct {
	items  []item
	inline strings.Builder
	number []int // of the ordered lists we are in; 0 for an unordered one
	term   string
}

// aside are elements that hold the site's own furniture; main parts of a page are never in them.
const aside = `script, style, noscript, template, nav, footer, aside, form, button, select, textarea, iframe, svg, [hidden], [aria-hidden="true"], ` +
	`[role="navigation"], [role="contentinfo"], [role="banner"], [role="search"], [role="dialog"], [role="complementary"]`

var (
	crumbSplit = regexp.MustCompile(`\s*[>›»/]\s*`)
	crumbLine  = regexp.MustCompile(`^[^>›»。，,;；]{1,20}(?:\s*[>›»]\s*[^>›»。，,;；]{1,40}){2,}$`)
	siteTitle  = regexp.MustCompile(`\s*[-_|–—]\s*[^-_|–—]*$`)
	asksMark   = regexp.MustCompile(`^(?:问题?\d*|Q\d*)\s*[:：.、]\s*`)
	saysMark   = regexp.MustCompile(`^(?:答案?|A\d*)\s*[:：.、]\s*`)
)

// readPage takes a page apart at its headings. source is what lines are counted in.
func (im *run) readPage(f input, page, source string) []*piece {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		im.failed(f.path, BadFormat, err)
		return nil
	}
	parent := breadcrumb(doc)
	title := tidy(doc.Find("title").First().Text())
	doc.Find(aside).Remove()
	doc.Find("header").Each(func(_ int, s *goquery.Selection) {
		if s.Find("h1").Length() == 0 {
			s.Remove()
		}
	})
	root := doc.Find("body")
	for _, inner := range [...]string{"main", `[role="main"]`, "article"} {
		if s := doc.Find(inner); s.Length() == 1 && runes(tidy(s.Text())) > 20 {
			root = s
			break
		}
	}
	var w pageWalk
	w.walk(root)
	w.flush()
	return im.sections(f, w.items, firstOf(siteTitle.ReplaceAllString(title, ""), title), parent, source)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// breadcrumb returns the page above, as the trail of links on the page names it.
func breadcrumb(doc *goquery.Document) string {
	var trail []string
	doc.Find("nav, ol, ul, [aria-label]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		label, _ := s.Attr("aria-label")
		label = strings.ToLower(label)
		if strings.Contains(label, "breadcrumb") || strings.Contains(label, "面包屑") {
			s.Find("a, li").Each(func(_ int, a *goquery.Selection) {
				if t := strings.Trim(tidy(a.Text()), ">›»/ "); t != "" && (len(trail) == 0 || trail[len(trail)-1] != t) {
					trail = append(trail, t)
				}
			})
			return false
		}
		if t := tidy(s.Text()); crumbLine.MatchString(t) && s.Find("a").Length() >= 2 {
			trail = crumbSplit.Split(t, -1)
			return false
		}
		return true
	})
	return above(trail, tidy(doc.Find("h1").First().Text()))
}

// above returns the last step of a trail that is not the page itself.
func above(trail []string, title string) string {
	for _, t := range slices.Backward(trail) {
		if t != "" && plain(t) != plain(title) {
			return t
		}
	}
	return ""
}

func (w *pageWalk) walk(s *goquery.Selection) {
	s.Contents().Each(func(_ int, c *goquery.Selection) {
		switch name := goquery.NodeName(c); name {
		case "#text":
			w.inline.WriteString(c.Text())
		case "#comment":
		case "br":
			w.flush()
		case "h1", "h2", "h3", "h4", "h5", "h6":
			w.flush()
			if t := tidy(c.Text()); t != "" {
				w.items = append(w.items, item{level: int(name[1] - '0'), text: t})
			}
		case "table":
			w.flush()
			w.table(c)
		case "ol", "ul":
			w.flush()
			start := 0
			if name == "ol" {
				start = 1
				if v, ok := c.Attr("start"); ok {
					if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 1000 {
						start = n
					}
				}
			}
			w.number = append(w.number, start)
			w.walk(c)
			w.flush()
			w.number = w.number[:len(w.number)-1]
		case "li":
			w.flush()
			if n := len(w.number); n > 0 && w.number[n-1] > 0 {
				w.inline.WriteString(strconv.Itoa(w.number[n-1]) + ". ")
				w.number[n-1]++
			}
			w.walk(c)
			w.flush()
		case "dt":
			w.flush()
			w.term = tidy(c.Text())
		case "p", "div", "section", "article", "main", "dd", "dl", "blockquote", "pre", "figure", "figcaption", "details", "summary", "header", "body", "td", "center", "address":
			pending := tidy(w.inline.String())
			if !numbering.MatchString(pending) { // "1. " waits for the paragraph inside the list item
				w.flush()
			}
			w.walk(c)
			w.flush()
		default:
			w.walk(c)
		}
	})
}

var numbering = regexp.MustCompile(`^\d+\.$`)

func (w *pageWalk) flush() {
	t := tidy(w.inline.String())
	w.inline.Reset()
	if t == "" || numbering.MatchString(t) {
		return
	}
	w.items = append(w.items, item{text: t, head: w.term})
	w.term = ""
}

// table writes every row as what it is about and the values of its columns.
func (w *pageWalk) table(t *goquery.Selection) {
	if c := tidy(t.Find("caption").First().Text()); c != "" {
		w.items = append(w.items, item{text: c})
	}
	grid, heads := gridOf(t)
	if len(grid) == 0 {
		return
	}
	var head []string
	if heads > 0 || len(grid) > 2 && shortCells(grid[0]) && len(grid[0]) > 1 {
		head, grid = grid[0], grid[1:]
	}
	if len(grid) == 0 {
		w.items = append(w.items, item{text: strings.Join(head, " | "), row: true})
		return
	}
	for _, row := range grid {
		if len(row) == 1 {
			w.items = append(w.items, item{text: row[0]})
			continue
		}
		var cells []string
		for i, c := range row[1:] {
			switch {
			case c == "":
			case len(row) == 2 || i+1 >= len(head) || head[i+1] == "":
				cells = append(cells, c)
			default:
				cells = append(cells, head[i+1]+"="+c)
			}
		}
		about := row[0]
		if len(head) > 0 && len(row) > 2 && head[0] != "" && about != "" && len(about) < 3 {
			about = head[0] + about
		}
		if about == "" && len(cells) == 0 {
			continue
		}
		w.items = append(w.items, item{head: about, text: strings.Join(cells, "；"), row: true})
	}
}

func shortCells(row []string) bool {
	for _, c := range row {
		if c == "" || runes(c) > 14 || strings.ContainsFunc(c, final) {
			return false
		}
	}
	return true
}

// gridOf lays a table out with cells that span rows or columns repeated. heads is how many rows consist of th.
func gridOf(t *goquery.Selection) (grid [][]string, heads int) {
	type span struct {
		text string
		left int
	}
	down := map[int]*span{}
	t.Find("tr").Each(func(n int, tr *goquery.Selection) {
		if tr.Closest("table").Get(0) != t.Get(0) || n > 2000 {
			return
		}
		var row []string
		carry := func() {
			for {
				s := down[len(row)]
				if s == nil || s.left == 0 {
					return
				}
				s.left--
				row = append(row, s.text)
			}
		}
		cells := tr.ChildrenFiltered("td, th")
		cells.Each(func(_ int, c *goquery.Selection) {
			carry()
			text := tidy(c.Text())
			rows, cols := spanOf(c, "rowspan"), spanOf(c, "colspan")
			for i := range cols {
				if rows > 1 {
					down[len(row)] = &span{text, rows - 1}
				}
				if i > 0 {
					row = append(row, "")
					continue
				}
				row = append(row, text)
			}
		})
		carry()
		if len(row) == 0 || strings.Join(row, "") == "" {
			return
		}
		if len(grid) == heads && cells.Length() > 0 && cells.Length() == tr.ChildrenFiltered("th").Length() {
			heads++
		}
		grid = append(grid, row)
	})
	return grid, heads
}

func spanOf(c *goquery.Selection, name string) int {
	v, _ := c.Attr(name)
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, 50)
}
