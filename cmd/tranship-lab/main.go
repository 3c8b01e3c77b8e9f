// Command tranship-lab is the laboratory: it starts one, or shows a migration on one.
package main

import (
	"os"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/churn"
	"github.com/tranship/tranship/lab/likeness"
)

func main() { os.Exit(lab.Main(os.Args[1:], os.Stdout, os.Stderr, churn.Command, likeness.Command)) }
