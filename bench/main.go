package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tranship/tranship/bench/externaldns"
	"github.com/tranship/tranship/bench/peer"
)

func main() {
	log.SetLogger(logr.Discard()) // the clients of the API server have nothing to say here
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errw io.Writer) error {
	var (
		s      peer.Settings
		folder string
	)
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errw)
	f.IntVar(&s.Services, "services", 3, "services of the fleet that is moved")
	f.IntVar(&s.Idle, "idle", 200, "services of the fleet at rest; 0: no such runs")
	f.DurationVar(&s.Rest, "rest", 3*time.Minute, "how long the fleet at rest is watched")
	f.StringVar(&s.Timing, "timing", "fast", "fast (AWS's times divided by ten) or aws")
	f.StringVar(&s.Rates, "rates", "mcs", "how many calls AWS takes: mcs, appmesh or unlimited, or a fraction such as mcs/10")
	f.DurationVar(&s.TTL, "ttl", 5*time.Second, "record TTL of the fleet")
	f.Float64Var(&s.Rate, "rate", 150, "requests per second over all client habits")
	f.DurationVar(&s.Control, "control", 10*time.Second, "length of each control run")
	f.StringVar(&s.Only, "only", "", "run only what has this in its name")
	f.StringVar(&s.Tranship, "tranship", filepath.Join("..", "bin", "tranship"), "the tranship binary")
	f.StringVar(&folder, "out", "out", "folder for peer.md, peer.json and the programs' logs")
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	if s.Tranship, err = filepath.Abs(s.Tranship); err != nil {
		return err
	}
	if _, err := os.Stat(s.Tranship); err != nil {
		return fmt.Errorf("no tranship binary: run `make build`, or name one with --tranship: %w", err)
	}
	if s.ExternalDNS, err = externaldns.Build(ctx, errw); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	s.Logs, s.Progress = folder, errw
	table, err := peer.Run(ctx, s)
	if len(table.Rows) == 0 {
		return err
	}
	table.Markdown(out)
	// What was measured is kept, also where a later run failed.
	if werr := table.Write(folder); werr != nil {
		return werr
	}
	fmt.Fprintf(errw, "written to %s\n", folder)
	return err
}
