package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/view"
)

// readTimeout is for one call: lists of a hundred things take longer than writes.
const readTimeout = 20 * time.Second

// longestTurn is how long a call waits for its turn: nobody waits for this verb, and
// a queue is no reason to leave something out.
const longestTurn = 10 * time.Minute

// takeInventory is the verb that reads what runs in ECS.
type takeInventory struct {
	env      Env
	Clusters []string
	Save     string
	From     string
	Output   string
	Region   string
	Accounts []string
	Share    float64
	accounts []clients.Account
}

func newInventory(env Env) *cobra.Command {
	return verb("inventory [flags]", "what runs in ECS, and which names and balancers lead to it", `Reads ECS services with their task definitions, Cloud Map names with who is in them, target groups, autoscaling, roles,
security groups and subnets. It changes nothing, and keeps to a share of the account's API rates.

What may not be read is listed as unknown, with the permission that is missing; the rest is read all the same.
A saved inventory holds what task definitions say, values of the environment included: keep it as you keep those.

`+view.InventoryLegend, `  tranship inventory
  tranship inventory --ecs-cluster production --save fleet.json
  tranship inventory --from fleet.json -o wide
  tranship inventory --account 111122223333=arn:aws:iam::111122223333:role/tranship,eu-west-1`, &takeInventory{env: env})
}

// AddFlags implements options.
func (o *takeInventory) AddFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Clusters, "ecs-cluster", nil, "`name` of an ECS cluster; may be repeated (default: all)")
	f.StringVar(&o.Save, "save", "", "`file` to keep the inventory in, as JSON")
	f.StringVar(&o.From, "from", "", "`file` that --save wrote, to show without asking AWS")
	f.StringVarP(&o.Output, "output", "o", "table", "table, wide, json or yaml")
	f.StringVar(&o.Region, "region", "", "AWS `region` (default: that of the AWS environment)")
	f.StringArrayVar(&o.Accounts, "account", nil, "another `account` to read, as ACCOUNT=ROLE-ARN[,REGION…][,external-id=ID]; may be repeated")
	f.Float64Var(&o.Share, "rate-share", pace.Share, "`part` of an account's API rates to take at most, more than 0 up to 1; ECS shares them")
}

// Validate implements options.
func (o *takeInventory) Validate(args []string) error {
	if err := noArgs(args); err != nil {
		return err
	}
	var errs []error
	if !slices.Contains(outputs, o.Output) {
		errs = append(errs, fmt.Errorf("-o %s: it is table, wide, json or yaml", o.Output))
	}
	if o.From != "" && (o.Save != "" || o.Region != "" || len(o.Accounts) > 0) {
		errs = append(errs, errors.New("--from asks AWS nothing, so no --save, --region and --account go with it"))
	}
	if !(o.Share > 0 && o.Share <= 1) {
		errs = append(errs, fmt.Errorf("--rate-share %g: it is more than 0 and at most 1", o.Share))
	}
	if slices.Contains(o.Clusters, "") {
		errs = append(errs, errors.New("--ecs-cluster: an empty name is no cluster"))
	}
	return sentences(append(errs, o.parseAccounts())...)
}

// parseAccounts reads --account.
func (o *takeInventory) parseAccounts() error {
	var errs []error
	for _, text := range o.Accounts {
		a, err := clients.ParseAccount(text)
		if err != nil {
			errs = append(errs, err)
		}
		o.accounts = append(o.accounts, a)
	}
	return sentences(errs...)
}

// Run implements options.
func (o *takeInventory) Run(ctx context.Context, _ []string) error {
	s, err := o.snapshot(ctx)
	if err != nil {
		return err
	}
	if o.Save != "" {
		if err := saveSnapshot(o.Save, s); err != nil {
			return err
		}
		fmt.Fprintf(o.env.Err, "Saved in %s, %s\n", o.Save, s.Digest)
	}
	if err := o.show(s); err != nil {
		return err
	}
	if nothing(s) {
		return exit(CodeFailed, "nothing could be read: what is unknown says why")
	}
	return nil
}

func (o *takeInventory) snapshot(ctx context.Context) (*inventory.Snapshot, error) {
	if o.From != "" {
		return o.load()
	}
	began := o.env.Now()
	fleet, err := o.fleet(ctx)
	if err != nil {
		return nil, err
	}
	p := newReadProgress(o.env.Streams, len(fleet.Places()) > 1)
	s, err := read.Read(ctx, fleet.Readers(), read.Options{Clusters: o.Clusters, Wait: o.env.Wait, Tell: p.tell})
	p.end()
	if err != nil {
		return nil, err
	}
	if err := s.Seal(began); err != nil {
		return nil, err
	}
	fmt.Fprintf(o.env.Err, "%s. Read in %s.\n", view.InventorySummary(s), view.Duration(o.env.Now().Sub(began)))
	return s, nil
}

// fleet is AWS as it is read: every account and region, each with a budget of its own.
func (o *takeInventory) fleet(ctx context.Context) (*clients.Fleet, error) {
	return clients.NewFleet(ctx, clients.FleetOptions{
		AWS:      aws.Options{Region: o.Region, Version: o.env.Build.Version, Timeout: readTimeout, Now: o.env.Now},
		Accounts: o.accounts,
		Pacing: func() (*aws.Pacing, error) {
			p, err := pace.New(pace.Defaults(), o.Share)
			if err != nil {
				return nil, err
			}
			return aws.NewPacing(p, o.env.Now, o.env.Wait, longestTurn), nil
		},
	})
}

// load reads a saved one. One that was changed since is taken, and said.
func (o *takeInventory) load() (*inventory.Snapshot, error) {
	data, err := os.ReadFile(o.From)
	if err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	s, err := inventory.Decode(data)
	if errors.Is(err, inventory.ErrChanged) {
		fmt.Fprintf(o.env.Err, "%s was changed after it was saved, or is of a later version of tranship: %v\n", o.From, err)
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.From, err)
	}
	if len(o.Clusters) > 0 {
		if s, err = s.Of(o.Clusters); err != nil {
			return nil, fmt.Errorf("%s: %w", o.From, err)
		}
	}
	fmt.Fprintf(o.env.Err, "%s. Read on %s.\n", view.InventorySummary(s), s.TakenAt.Format(time.RFC3339))
	return s, nil
}

func (o *takeInventory) show(s *inventory.Snapshot) error {
	style := view.Style{Now: o.env.Now(), Width: o.env.Width, Color: o.env.Color}
	switch o.Output {
	case "wide":
		return view.InventoryWide(o.env.Out, s, style)
	case "json":
		data, err := s.Encode()
		if err != nil {
			return err
		}
		_, err = o.env.Out.Write(data)
		return err
	case "yaml":
		return view.InventoryYAML(o.env.Out, s)
	}
	return view.Inventory(o.env.Out, s, style)
}

// nothing says that no place gave any cluster or name away.
func nothing(s *inventory.Snapshot) bool {
	return len(s.Unknown) > 0 && len(s.Clusters)+len(s.Services)+len(s.Namespaces) == 0
}

// saveSnapshot writes a file whole or not at all: first beside it, then in its place.
func saveSnapshot(name string, s *inventory.Snapshot) (err error) {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".tranship-*") // readable by its owner alone
	if err != nil {
		return fmt.Errorf("save the inventory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("save the inventory in %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
