package handlers

import (
	"testing"

	"partnerdesk/handlers/partner"
)

// Money must not go to one of two companies of the same name by chance.
func TestMatch(t *testing.T) {
	list := []partner.Customer{
		{ID: "1", Name: "星河科技", Account: "xinghe"},
		{ID: "2", Name: "星河科技", Account: "xinghe2"},
		{ID: "3", Name: "星河科技（上海）", Account: "xh-sh"},
	}
	for typed, want := range map[string]int{"星河科技": 2, "星河": 3, "xinghe": 1, "XINGHE2": 1, "3": 1, "没有": 0} {
		if got := len(match(list, typed)); got != want {
			t.Errorf("%q means %d customers, want %d", typed, got, want)
		}
	}
}
