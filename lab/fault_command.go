package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tranship/tranship/lab/admin"
	"github.com/tranship/tranship/lab/fault"
)

// door finds a running lab: by the ready file, or else by LAB_ADMIN_ENDPOINT and
// LAB_ADMIN_TOKEN, which `up` prints.
func door(readyFile string) (*admin.Client, error) {
	endpoint, token := os.Getenv("LAB_ADMIN_ENDPOINT"), os.Getenv("LAB_ADMIN_TOKEN")
	if readyFile != "" {
		b, err := os.ReadFile(readyFile)
		if err != nil {
			return nil, fmt.Errorf("ready file: %w", err)
		}
		var r Ready
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("ready file %s: %w", readyFile, err)
		}
		endpoint, token = r.AdminEndpoint, r.AdminToken
	}
	if endpoint == "" || token == "" {
		return nil, errors.New("no lab is named: give --ready-file, or set LAB_ADMIN_ENDPOINT and LAB_ADMIN_TOKEN as `tranship-lab up` prints them")
	}
	return admin.NewClient(endpoint, token)
}

func readyFlag(c *cobra.Command, to *string) {
	c.PersistentFlags().StringVar(to, "ready-file", "", "the file that `up --ready-file` wrote (default: LAB_ADMIN_ENDPOINT and LAB_ADMIN_TOKEN)")
}

func stateCommand(out io.Writer) *cobra.Command {
	var ready, form string
	c := &cobra.Command{
		Use:   "state",
		Short: "Show a running lab: profiles, faults, services, tasks, pods and zones",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if form != "table" && form != "json" {
				return usageError{fmt.Errorf("output: %q is neither table nor json", form)}
			}
			lab, err := door(ready)
			if err != nil {
				return usageError{err}
			}
			s, err := lab.State(c.Context())
			if err != nil {
				return err
			}
			if form == "json" {
				return printJSON(out, s)
			}
			return printState(out, s)
		},
	}
	readyFlag(c, &ready)
	c.Flags().StringVarP(&form, "output", "o", "table", "table or json")
	return c
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func printState(out io.Writer, s admin.State) error {
	fmt.Fprintf(out, "timing %s, rates %s\n\n", s.Timing, s.Rates)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SERVICE\tTASKS\tRUNNING")
	for _, x := range s.Services {
		fmt.Fprintf(w, "%s\t%d\t%d\n", x.Name, x.Tasks, x.Running)
	}
	fmt.Fprintln(w, "\nTASK\tSERVICE\tZONE\tADDRESS\tSTATUS")
	for _, x := range s.Tasks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", x.ID, x.Service, x.Zone, x.Address, x.Status)
	}
	if len(s.Pods) > 0 {
		fmt.Fprintln(w, "\nPOD\tNODE\tADDRESS\tREADY")
		for _, x := range s.Pods {
			fmt.Fprintf(w, "%s/%s\t%s\t%s\t%v\n", x.Namespace, x.Name, x.Node, x.Address, x.Ready)
		}
	}
	fmt.Fprintln(w, "\nZONE\tLOST")
	for _, x := range s.Zones {
		fmt.Fprintf(w, "%s\t%v\n", x.Name, x.Lost)
	}
	if len(s.Faults) > 0 {
		fmt.Fprintln(w)
		faultTable(w, s.Faults)
	}
	return w.Flush()
}

func faultTable(w io.Writer, all []fault.Active) {
	fmt.Fprintln(w, "ID\tFAULT\tACTIVE\tSEEN\tHITS")
	for _, a := range all {
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%d\n", a.ID, a.Fault, !a.Over, a.Seen, a.Hits)
	}
}

func faultCommand(out io.Writer) *cobra.Command {
	var ready string
	c := &cobra.Command{
		Use:   "fault",
		Short: "Let something go wrong in a running lab, and see how often it did",
		Long: `A fault is KIND[:SERVICE[:OPERATION[:RESOURCE]]][,options], or KIND[:RESOURCE][,options]
for tasks, pods and zones. Names are globs. Options are next=N, every=N or chance=P,
for=DURATION, delay=DURATION; for tasks, pods and zones next=N or every=DURATION.

  throttle, error, unavailable       the call is refused, with no effect
  timeout-before, timeout-after      silence, before or after the effect
  lost-answer, slow-answer           the effect happens; its answer is cut, or late
  slow-operation, fail-operation     an operation of Cloud Map ends later, or in FAIL
  stale-discover                     DiscoverInstances follows later
  kill-task, kill-pod, unready-pod   kill-task:svc-001/*,every=30s
  lose-zone                          lose-zone:ap-south-1a,delay=20s`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	readyFlag(c, &ready)
	add := &cobra.Command{
		Use: "add FAULT...", Short: "Make faults active", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			lab, err := door(ready)
			if err != nil {
				return usageError{err}
			}
			for _, text := range args {
				f, err := fault.Parse(text)
				if err != nil {
					return usageError{err}
				}
				a, err := lab.AddFault(c.Context(), f)
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%s %s\n", a.ID, a.Fault)
			}
			return nil
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List the faults, also those that are over, with what they hit", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lab, err := door(ready)
			if err != nil {
				return usageError{err}
			}
			s, err := lab.State(c.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
			faultTable(w, s.Faults)
			return w.Flush()
		},
	}
	var all bool
	remove := &cobra.Command{
		Use: "remove ID...", Short: "End faults", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			lab, err := door(ready)
			if err != nil {
				return usageError{err}
			}
			if all == (len(args) > 0) {
				return usageError{errors.New("fault remove: name the ids, or say --all")}
			}
			if all {
				n, err := lab.ClearFaults(c.Context())
				if err == nil {
					fmt.Fprintf(out, "%d ended\n", n)
				}
				return err
			}
			for _, id := range args {
				if err := lab.RemoveFault(c.Context(), strings.TrimSpace(id)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	remove.Flags().BoolVar(&all, "all", false, "end every fault")
	c.AddCommand(add, list, remove)
	return c
}
