// Command build makes the control plane of the lab, if it is not there yet, and prints the folder it is in, for
// KUBEBUILDER_ASSETS:
//
//	export KUBEBUILDER_ASSETS="$(go run ./lab/cluster/build)"
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/tranship/tranship/lab/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	dir, err := cluster.Build(ctx, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a main is where an error becomes an exit code
	}
	fmt.Fprintln(os.Stdout, dir)
}
