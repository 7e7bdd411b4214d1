package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"partnerdesk": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestScripts are sessions at a terminal; testdata/script/*.txtar are the tests.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of programs are started")
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: worlds(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "zh_CN.UTF-8")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
	})
}
