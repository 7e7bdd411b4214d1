package importer

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldhtml "github.com/yuin/goldmark/renderer/html"
)

var (
	frontMatter = regexp.MustCompile(`(?s)\A---\n(.*?)\n---\n`)
	frontTitle  = regexp.MustCompile(`(?m)^title:\s*["']?(.+?)["']?\s*$`)
)

// readMarkdown reads Markdown by way of the page it makes.
func (im *run) readMarkdown(f input, text string) []*piece {
	body, title := text, ""
	if m := frontMatter.FindStringSubmatch(text); m != nil {
		body = text[len(m[0]):]
		if t := frontTitle.FindStringSubmatch(m[1]); t != nil {
			title = t[1]
		}
	}
	var page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.DefinitionList), goldmark.WithRendererOptions(goldhtml.WithUnsafe()))
	if err := md.Convert([]byte(body), &page); err != nil {
		im.failed(f.path, BadFormat, err)
		return nil
	}
	head := ""
	if title != "" {
		head = "<head><title>" + title + "</title></head>"
	}
	return im.readPage(f, "<html>"+head+"<body>"+page.String()+"</body></html>", text)
}
