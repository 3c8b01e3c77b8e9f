package likeness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/process"
)

// Where things are below the trial's folder.
const (
	snapshot  = "snapshot.json"
	decisions = "decisions.yaml"
	outDir    = "out"
)

// parameterStore is the ClusterSecretStore that reads Parameter Store, as the product
// calls it unasked.
const parameterStore = "aws-parameter-store"

// product is the binary on trial.
type product struct {
	path string
	env  []string
	dir  string
	log  io.Writer
}

// run runs a verb. Its error has the last lines that the verb said.
func (p product) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.SysProcAttr = process.DieWithParent()
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = p.log, io.MultiWriter(&errs, p.log)
	if err := cmd.Run(); err != nil {
		tail := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return fmt.Errorf("tranship %s: %w: %s", args[0], err, strings.Join(tail[max(0, len(tail)-3):], " | "))
	}
	return nil
}

func (p product) at(name string) string { return filepath.Join(p.dir, name) }

// inventory reads the account into a snapshot.
func (p product) inventory(ctx context.Context) error {
	return p.run(ctx, "inventory", "--ecs-cluster", lab.ECSCluster, "--save", p.at(snapshot))
}

// convert writes all services of the snapshot, with the answers that there are.
func (p product) convert(ctx context.Context) error {
	return p.run(ctx, "convert", "--all", "--from", p.at(snapshot), "--out", p.at(outDir), "--namespace", lab.KubeNamespace, "--decisions", p.at(decisions))
}

// decide answers the open questions of a conversion: each as somebody would who wants
// the service on EKS as it is, which is the first answer.
func (p product) decide(books map[string]book) (decided int, err error) {
	all := map[string]string{}
	for _, b := range books {
		for _, d := range b.Decisions {
			if d.Open() {
				decided++
			}
			if all[d.ID] = d.Chosen; d.Open() && len(d.Answers) > 0 {
				all[d.ID] = d.Answers[0].Word
			}
		}
	}
	data, err := yaml.Marshal(map[string]any{"apiVersion": "tranship.dev/decisions/v1", "all": all})
	if err != nil {
		return 0, err
	}
	return decided, os.WriteFile(p.at(decisions), data, 0o600)
}

// migrate moves services by the ServiceMigrations that were applied, and waits until
// all have crossed.
func (p product) migrate(ctx context.Context, services []string) error {
	args := []string{"migrate", "--ecs-cluster", lab.ECSCluster, "-n", lab.KubeNamespace, "--yes", "--wait", "--timeout", "15m"}
	return p.run(ctx, append(args, services...)...)
}

// book is what the product's ledger says of a service.
type book struct {
	Service   string            `json:"service"`
	Fields    []ledger.Entry    `json:"fields"`
	Decisions []ledger.Decision `json:"decisions"`
}

func (b book) open() int {
	n := 0
	for _, d := range b.Decisions {
		if d.Open() {
			n++
		}
	}
	return n
}

// ledgers are those that convert wrote, by service.
func (p product) ledgers() (map[string]book, error) {
	files, err := filepath.Glob(filepath.Join(p.at(outDir), "report", "services", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	out := map[string]book{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var b book
		if err := json.Unmarshal(data, &b); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out[b.Service] = b
	}
	return out, nil
}
