package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/lab/process"
)

// steps and readyFor of the lab's migrations.
var steps = []cutover.Step{{Share: 50, Soak: 2 * time.Second}}

const readyFor = 3 * time.Second

// patience is how long a crossing may take before the lab calls it stuck: three
// times the least that it can take, and a minute.
func (l *Lab) patience() time.Duration {
	var r Report
	r.floor(l, steps, readyFor)
	return time.Duration(3*r.FloorSeconds)*time.Second + time.Minute
}

// Migrate runs the product as a user would: the binary's verb migrate, for every
// service of the fleet, until all have crossed. What it prints goes to log.
func (l *Lab) Migrate(ctx context.Context, tranship string, log io.Writer) error {
	args := []string{
		"migrate", "--ecs-cluster", ECSCluster, "-n", KubeNamespace, "--yes", "--wait", "--timeout", l.patience().String(),
		"--record-ttl", fmt.Sprintf("%ds", recordTTL), "--ready-for", readyFor.String(), "--kind", "request",
	}
	for _, s := range steps {
		args = append(args, "--step", fmt.Sprintf("%d:%s", s.Share, s.Soak))
	}
	for n := range l.Options.Services {
		args = append(args, ServiceName(n+1))
	}
	cmd := exec.CommandContext(ctx, tranship, args...)
	cmd.Env = append(os.Environ(), l.Ready.Env()...)
	cmd.SysProcAttr = process.DieWithParent()
	var errs strings.Builder
	cmd.Stderr = io.MultiWriter(&errs, log)
	cmd.Stdout = log
	if err := cmd.Run(); err != nil {
		tail := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return fmt.Errorf("tranship migrate: %w: %s", err, strings.Join(tail[max(0, len(tail)-3):], " | "))
	}
	return nil
}
