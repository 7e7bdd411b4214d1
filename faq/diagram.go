package faq

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
)

// Bin is the part of an evaluation whose confidence lies between From and To.
type Bin struct {
	From, To   float64
	Cases      int
	Confidence float64 // mean
	Right      float64 // share of the cases whose first entry is right
}

// Reliability groups the outcomes of a report by confidence, in bins of equal width. A case counts as right when the entry
// that came first answers it, whatever the verdict; out of scope none is right.
func (r *Report) Reliability(bins int) []Bin {
	out := make([]Bin, bins)
	for i := range out {
		out[i].From, out[i].To = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	for _, o := range r.Outcomes {
		b := &out[min(int(o.Confidence*float64(bins)), bins-1)]
		b.Cases++
		b.Confidence += o.Confidence
		if o.First {
			b.Right++
		}
	}
	for i := range out {
		if n := float64(out[i].Cases); n > 0 {
			out[i].Confidence /= n
			out[i].Right /= n
		}
	}
	return out
}

// Measures of the diagram, in pixels.
const (
	diagramSide   = 480
	diagramMargin = 40
	diagramBins   = 10
)

// WriteDiagram draws the reliability of a report as a PNG: confidence to the right, share of right first entries upwards,
// a bar per tenth whose darkness is its share of the cases, and the diagonal on which a perfect estimate lies.
func WriteDiagram(w io.Writer, r *Report) error {
	img := image.NewRGBA(image.Rect(0, 0, diagramSide+2*diagramMargin, diagramSide+2*diagramMargin))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	most := 1
	bins := r.Reliability(diagramBins)
	for _, b := range bins {
		most = max(most, b.Cases)
	}
	x := func(v float64) int { return diagramMargin + int(v*diagramSide) }
	y := func(v float64) int { return diagramMargin + diagramSide - int(v*diagramSide) }
	for _, b := range bins {
		if b.Cases == 0 {
			continue
		}
		light := uint8(200 - 150*b.Cases/most)
		bar := image.Rect(x(b.From)+3, y(b.Right), x(b.To)-3, y(0))
		draw.Draw(img, bar, &image.Uniform{color.RGBA{light, light, 230, 255}}, image.Point{}, draw.Src)
		dot := image.Rect(x(b.Confidence)-4, y(b.Right)-4, x(b.Confidence)+4, y(b.Right)+4)
		draw.Draw(img, dot, &image.Uniform{color.RGBA{200, 40, 40, 255}}, image.Point{}, draw.Src)
	}
	axis, grid := color.RGBA{0, 0, 0, 255}, color.RGBA{210, 210, 210, 255}
	for i := range diagramSide + 1 {
		v := float64(i) / diagramSide
		img.Set(x(v), y(v), axis)
		img.Set(x(v), y(0), axis)
		img.Set(x(0), y(v), axis)
		for t := 0.1; t < 1.05; t += 0.1 {
			if i%4 == 0 {
				img.Set(x(v), y(t), grid)
			}
			if i < 8 {
				img.Set(x(t), y(0)+i, axis)
				img.Set(x(0)-i, y(t), axis)
			}
		}
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("reliability diagram: %w", err)
	}
	return nil
}
