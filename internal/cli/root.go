package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verbs are the commands, in the order of the help. cobra adds completion.
func verbs(env Env) []*cobra.Command {
	return []*cobra.Command{
		newInventory(env), newConvert(env), newMigrate(env), newStatus(env), newPause(env), newHalt(env), newApprove(env), newResume(env), newRollback(env), newHandover(env), newIAM(env), newController(env), newDoctor(env), newVersion(env),
	}
}

// New makes the root command; program is the path it was called by.
func New(env Env, program string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tranship",
		Short: "move services from ECS to EKS under the names they already have",
		Long: `tranship moves services from Amazon ECS to Amazon EKS under the names they already have in AWS Cloud Map.

The controller carries the crossings out; the other verbs tell it what is wanted, in ServiceMigrations, and
show how it goes. Whatever changes something says what it will do first, and wants --yes or your word.

Exit codes:
` + exitCodes(),
		Args:          verbArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	if strings.HasPrefix(filepath.Base(program), "kubectl-") {
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl tranship"}
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetFlagErrorFunc(usage)
	root.AddCommand(verbs(env)...)
	return root
}

func exitCodes() string {
	var b strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&b, "  %3d  %s\n", c.code, c.text)
	}
	return strings.TrimRight(b.String(), "\n")
}

// verbArgs refuses a verb that is none.
func verbArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf(" (%s?)", strings.Join(near, ", "))
	}
	return usage(cmd, fmt.Errorf("%q is no verb%s", args[0], hint))
}

// usage turns an error into one of wrong usage that says where to look.
func usage(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*ExitError](err); ok && e.Code != CodeUsage {
		return err
	}
	return usagef("%w; see `%s --help`", err, cmd.CommandPath())
}

// options are what a verb is made of.
type options interface {
	AddFlags(*pflag.FlagSet)
	// Validate checks flags and arguments, all of them, before anything is done.
	Validate(args []string) error
	Run(ctx context.Context, args []string) error
}

// verb makes a command.
func verb(use, short, long, example string, o options) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: cmp.Or(long, short), Example: example,
		Args:              cobra.ArbitraryArgs, // Validate's business
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(args); err != nil {
				return usage(cmd, err)
			}
			return o.Run(cmd.Context(), args)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SortFlags = false
	o.AddFlags(cmd.Flags())
	return cmd
}

// noArgs is for verbs that take none.
func noArgs(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("it takes no argument, and got %q", args[0])
	}
	return nil
}

// someServices is for verbs that need at least one, none twice.
func someServices(args []string) error {
	if len(args) == 0 {
		return errors.New("which service? name at least one")
	}
	seen := map[string]bool{}
	for _, a := range args {
		if a == "" {
			return errors.New("an empty name is no service")
		}
		if seen[a] {
			return fmt.Errorf("service %s is named twice", a)
		}
		seen[a] = true
	}
	return nil
}
