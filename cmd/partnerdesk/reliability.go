package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"

	"partnerdesk/faq"
)

// reliability draws how often an answer is right at each level of confidence:
// one column per tenth, its height the share that was right, beside the
// diagonal on which it should stand. The strip below shows how many questions
// fell into each tenth. For a question that nothing answers no entry is right.
func reliability(file string, outcomes []faq.Outcome) error {
	const bins, cell, strip, edge = 10, 48, 60, 24
	var n, right [bins]int
	for _, o := range outcomes {
		b := min(int(o.Confidence*bins), bins-1)
		n[b]++
		if o.First {
			right[b]++
		}
	}
	side := bins * cell
	img := image.NewRGBA(image.Rect(0, 0, side+2*edge, side+strip+3*edge))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), &image.Uniform{C: c}, image.Point{}, draw.Src)
	}
	fill(0, 0, img.Rect.Dx(), img.Rect.Dy(), color.White)
	grey, blue, pale, red := color.RGBA{220, 220, 225, 255}, color.RGBA{47, 95, 174, 255}, color.RGBA{160, 180, 215, 255}, color.RGBA{196, 58, 49, 255}
	most := 1
	for _, k := range n {
		most = max(most, k)
	}
	for i := range bins + 1 {
		at := edge + i*cell
		fill(at, edge, at+1, edge+side, grey)
		fill(edge, edge+side-i*cell, edge+side, edge+side-i*cell+1, grey)
	}
	for b := range bins {
		x := edge + b*cell
		if n[b] > 0 {
			h := side * right[b] / n[b]
			fill(x+6, edge+side-h, x+cell-6, edge+side, blue)
		}
		h := strip * n[b] / most
		fill(x+6, 2*edge+side+strip-h, x+cell-6, 2*edge+side+strip, pale)
	}
	for i := range side {
		fill(edge+i, edge+side-i-1, edge+i+2, edge+side-i+1, red)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
