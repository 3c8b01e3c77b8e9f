package standin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Argument is the hidden first argument with which OwnProcess starts this executable again.
const Argument = "stand-in-process"

// readyWord starts the one command that a stand-in process reads on its standard input.
const readyWord = "ready "

// patience is how long a stand-in process tries to end by itself: its parent, which knows the grace period, kills it long before.
const patience = time.Hour

// Called says whether the program was started to be a stand-in; args are the arguments without the program's name.
func Called(args []string) bool { return len(args) > 0 && args[0] == Argument }

// Main is the whole life of a stand-in process, and returns its exit code. Call it first thing in main when Called says so.
func Main(args []string) int {
	if err := serve(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve(args []string) error {
	if !Called(args) || len(args) != 2 {
		return fmt.Errorf("want %s and the options as JSON", Argument)
	}
	var o Options
	if err := json.Unmarshal([]byte(args[1]), &o); err != nil {
		return fmt.Errorf("reading the options: %w", err)
	}
	ctx, orphaned := context.WithCancel(context.Background())
	defer orphaned()
	signal.Ignore(os.Interrupt) // Ctrl-C reaches the whole group; the parent decides who ends, and when
	term, release := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer release()

	var running atomic.Pointer[StandIn]
	go func() {
		defer orphaned() // standard input at its end: the parent is gone
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			word, ok := strings.CutPrefix(in.Text(), readyWord)
			if ready, err := strconv.ParseBool(word); ok && err == nil {
				if s := running.Load(); s != nil {
					s.SetReady(ready)
				}
			}
		}
	}()

	out := json.NewEncoder(os.Stdout)
	say := func(l line) { _ = out.Encode(l) } // a parent that no longer reads is gone, and standard input tells that
	o.OnState = func(s State) {
		if s.Kind != Listening { // said below, with the address
			say(line{Kind: s.Kind})
		}
	}
	s, err := Start(term, o)
	if err != nil {
		if term.Err() != nil {
			return nil // told to end before it listened
		}
		return err
	}
	defer s.Kill()
	running.Store(s)
	say(line{Kind: Listening, Addr: s.Addr()})
	<-term.Done()
	if err := s.Stop(ctx, patience); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}
