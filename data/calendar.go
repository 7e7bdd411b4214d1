package data

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"

	"github.com/goccy/go-yaml"

	"partnerdesk/handlers/worktime"
)

//go:embed calendar/*.yaml
var calendarFiles embed.FS

type calendarYear struct {
	Year     int    `yaml:"year"`
	Source   string `yaml:"source"`
	Recorded string `yaml:"recorded"`
	Off      []struct {
		Name string `yaml:"name"`
		From string `yaml:"from"`
		To   string `yaml:"to"`
	} `yaml:"off"`
	Work []string `yaml:"work"`
}

// Calendar reads the shipped notices about working days, one file a year.
func Calendar() (*worktime.Calendar, error) {
	names, err := fs.Glob(calendarFiles, "calendar/*.yaml")
	if err != nil {
		return nil, err
	}
	var years []worktime.Year
	for _, name := range names {
		y, err := readYear(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		years = append(years, y)
	}
	return worktime.New(years...)
}

func readYear(name string) (worktime.Year, error) {
	text, err := calendarFiles.ReadFile(name)
	if err != nil {
		return worktime.Year{}, err
	}
	var w calendarYear
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&w); err != nil {
		return worktime.Year{}, err
	}
	day := func(s string) worktime.Date {
		d, derr := worktime.ParseDate(fmt.Sprintf("%04d-%s", w.Year, s))
		if derr != nil {
			err = derr
		}
		return d
	}
	y := worktime.Year{Year: w.Year, Source: w.Source}
	for _, s := range w.Off {
		y.Off = append(y.Off, worktime.Span{Name: s.Name, From: day(s.From), To: day(s.To)})
	}
	for _, s := range w.Work {
		y.Work = append(y.Work, day(s))
	}
	return y, err
}
