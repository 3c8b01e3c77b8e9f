// Command overlay plants a bug in a build that is not a test: it writes the
// mutated files below .tmp and prints the path of the overlay that uses them.
//
//	go build -overlay "$(go run ./lab/sim/mutants/overlay skip-hold)" -o bin/tranship ./cmd/tranship
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tranship/tranship/lab/sim/mutants"
)

func main() {
	at, err := overlay(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a main is where an error becomes an exit code
	}
	fmt.Fprintln(os.Stdout, at)
}

func overlay(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("usage: overlay MUTANT")
	}
	m, err := mutants.Find(args[0])
	if err != nil {
		return "", err
	}
	root, err := mutants.Root(".")
	if err != nil {
		return "", err
	}
	return m.Overlay(root, filepath.Join(root, ".tmp", "mutants", m.Name))
}
