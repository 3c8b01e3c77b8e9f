// Command build makes the lab's CoreDNS, if it is not there yet, and prints the folder it is in. With -look it only looks, and
// prints nothing if it is not there.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tranship/tranship/lab/clusterdns"
)

func main() {
	look := flag.Bool("look", false, "do not build")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	get := clusterdns.Build
	if *look {
		get = func(ctx context.Context, _ io.Writer) (string, error) { return clusterdns.Built(ctx) }
	}
	dir, err := get(ctx, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a main is where an error becomes an exit code
	}
	if dir != "" {
		fmt.Fprintln(os.Stdout, dir)
	}
}
