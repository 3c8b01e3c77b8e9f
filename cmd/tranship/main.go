// Command tranship moves services from ECS to EKS under the names they already
// have. Called as kubectl-tranship it is a plugin of kubectl.
package main

import (
	"os"

	"github.com/tranship/tranship/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) }
