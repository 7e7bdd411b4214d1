package main

import "github.com/spf13/cobra"

func (p *program) demo() *cobra.Command     { return &cobra.Command{Use: "demo"} }
func (p *program) serve() *cobra.Command    { return &cobra.Command{Use: "serve"} }
func (p *program) slacksim() *cobra.Command { return &cobra.Command{Use: "slacksim"} }
func (p *program) sandbox() *cobra.Command  { return &cobra.Command{Use: "sandbox"} }
