package desk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
)

// peopleFile is the shape of a grant in the file.
type peopleFile struct {
	Who      string     `yaml:"who"`
	Team     string     `yaml:"team"`
	Roles    []bot.Role `yaml:"roles"`
	Employer string     `yaml:"employer"`
	Channel  string     `yaml:"channel"`
	Language string     `yaml:"language"`
}

// readPeople reads the grants one by one, so that a fault of one hides nothing
// of it and of the others; a grant keeps its number.
func readPeople(in Input, list any, fault func(string, ...string)) []access.Grant {
	rows, ok := list.([]any)
	if !ok && list != nil {
		fault("config.fault.people.list", "file", in.File)
	}
	var people []access.Grant
	for i, row := range rows {
		at := fmt.Sprintf("people[%d]", i)
		fields, ok := row.(map[string]any)
		if !ok {
			fault("config.fault.people.row", "at", at)
			people = append(people, nobody())
			continue
		}
		fits := true
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if !slices.Contains(peopleFields(), name) {
				fault("config.fault.people.field", "at", at, "field", name, "fields", strings.Join(peopleFields(), ", "))
				continue
			}
			one, err := yaml.Marshal(map[string]any{name: fields[name]})
			if err == nil {
				err = yaml.Unmarshal(one, new(peopleFile))
			}
			if err != nil {
				fault("config.fault.people.shape", "at", at, "field", name)
				fits = false
			}
		}
		var r peopleFile
		raw, err := yaml.Marshal(fields)
		if err == nil && fits {
			err = yaml.Unmarshal(raw, &r)
		}
		switch {
		case !fits:
			people = append(people, nobody())
		case err != nil:
			fault("config.fault.yaml", "file", in.File, "reason", at+": "+yaml.FormatError(err, false, false))
		default:
			people = append(people, access.Grant(r))
		}
	}
	return people
}

// nobody stands for a grant that could not be read, so that the others keep
// their numbers; the configuration is refused already.
func nobody() access.Grant {
	return access.Grant{Who: "-", Roles: []bot.Role{bot.RoleStaff}}
}

func peopleFields() []string {
	return []string{"who", "team", "roles", "employer", "channel", "language"}
}

// peopleFaults is what is wrong with the grants. The operator's kind has its
// own row among the settings and is not named twice.
func (c Config) peopleFaults() (of access.Faults) {
	_, err := access.New(c.accessOptions())
	faults, _ := errors.AsType[access.Faults](err)
	named := c.OperatorKind != "" && !slices.Contains(access.OperatorKinds(), c.OperatorKind)
	for _, f := range faults {
		if !named || (f.Key != access.FaultKind && f.Key != access.FaultReseller) {
			of = append(of, f)
		}
	}
	return of
}

func (c Config) accessOptions() access.Options {
	return access.Options{Kind: c.OperatorKind, Team: c.Team, Grants: c.People}
}
