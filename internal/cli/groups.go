package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is where the help of grouped flags is wrapped.
const helpWidth = 120

// groups are flags under headings of the help, for a verb that has many.
type groups []group

type group struct {
	title string
	flags *pflag.FlagSet
}

// add makes one group.
func (g *groups) add(title string, adders ...func(*pflag.FlagSet)) {
	f := pflag.NewFlagSet(title, pflag.ContinueOnError)
	f.SortFlags = false
	for _, a := range adders {
		a(f)
	}
	*g = append(*g, group{title, f})
}

// usage prints what cobra would, with the flags in their groups.
func (g *groups) usage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
	rest := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		for _, x := range *g {
			if x.flags.Lookup(f.Name) == f {
				return
			}
		}
		rest.AddFlag(f)
	})
	for _, x := range append(*g, group{"Help", rest}) {
		fmt.Fprintf(w, "\n%s:\n%s", x.title, x.flags.FlagUsagesWrapped(helpWidth))
	}
	return nil
}

// toggle adds a flag that is on or off and, because ExternalDNS has it, its
// opposite --no-NAME, which the help leaves out.
func toggle(f *pflag.FlagSet, p *bool, name string, value bool, usage string) {
	f.BoolVar(p, name, value, usage)
	no := f.VarPF(opposite{p}, "no-"+name, "", "not --"+name)
	no.NoOptDefVal, no.Hidden = "true", true
}

// opposite is the value of a --no-NAME.
type opposite struct{ p *bool }

// String implements pflag.Value.
func (o opposite) String() string { return strconv.FormatBool(o.p != nil && !*o.p) }

// Set implements pflag.Value.
func (o opposite) Set(s string) error {
	b, err := strconv.ParseBool(s)
	if err == nil {
		*o.p = !b
	}
	return err
}

// Type implements pflag.Value.
func (o opposite) Type() string { return "bool" }
