package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// Main runs the program and returns its exit code. The first interrupt ends it
// in order, a second one at once.
func Main(args []string, in, out, errs *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	// What the libraries have to say is for developers; verbs say what went wrong
	// themselves. The controller sets a logger of its own.
	klog.SetLogger(logr.Discard())
	ctrllog.SetLogger(logr.Discard())
	return int(Execute(ctx, System(in, out, errs), args))
}

// Execute runs one command line, args[0] being the name of the program, and
// says on env.Err what went wrong, in one line.
func Execute(ctx context.Context, env Env, args []string) Code {
	root := New(env, args[0]) //nolint:contextcheck // cobra hands the context to each verb
	root.SetArgs(args[1:])
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	if e, ok := errors.AsType[*ExitError](err); ok && e.Err == nil {
		return e.Code // all was said
	}
	if err != nil {
		fmt.Fprintf(env.Err, "tranship: %s\n", strings.Join(strings.Fields(explain(err).Error()), " "))
	}
	return ExitCode(err)
}
