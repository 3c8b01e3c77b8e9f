package lab

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// Tried is what a trial found.
type Tried interface {
	Print(io.Writer) // for people; as JSON it is written by its tags
	OK() error       // why it did not hold; nil: all of it did
}

// TrialCommand is what the verbs of the trials in packages below this one have in common.
type TrialCommand struct {
	Tranship string    // the binary; known within Run
	Log      io.Writer // what the product prints; open within Run

	log, json string
}

// Flags adds those of every trial. log is what the flag for Log is called, and prints
// whose words it takes.
func (v *TrialCommand) Flags(c *cobra.Command, log, prints string) {
	f := c.Flags()
	f.StringVar(&v.Tranship, "tranship", "", "the tranship binary (default: the one beside this one)")
	f.StringVar(&v.json, "json", "", "write the report to this file, as JSON")
	f.StringVar(&v.log, log, "", "write what "+prints+" to this file")
}

// Run tells on out what the trial found, also where it ended early, and returns why it
// does not hold. A trial that found nothing returns nil.
func (v *TrialCommand) Run(out io.Writer, trial func() (Tried, error)) error {
	if v.Tranship == "" {
		var err error
		if v.Tranship, err = Sibling(); err != nil {
			return err
		}
	}
	v.Log = io.Discard
	if v.log != "" {
		f, err := os.Create(v.log)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		v.Log = f
	}
	r, err := trial()
	if r == nil {
		return err
	}
	r.Print(out)
	if v.json != "" {
		if werr := writeJSON(v.json, r); werr != nil {
			return werr
		}
	}
	if err != nil {
		return err
	}
	if err := r.OK(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nall of it held")
	return nil
}
