package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// confirm asks for a person's word. What will be done was said before.
func (s Streams) confirm(ctx context.Context, yes bool) error {
	if yes {
		return nil
	}
	if !s.InTTY {
		return usagef("nothing was done: standard input is no terminal, so nobody can be asked; add --yes")
	}
	fmt.Fprint(s.Err, "Type yes to go on: ")
	line, err := s.readLine(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSpace(line) != "yes" {
		return exit(CodeFailed, "nothing was done: the answer was not yes")
	}
	return nil
}

// readLine can be interrupted. The read itself cannot, so it is left behind; the
// process is about to end then.
func (s Streams) readLine(ctx context.Context) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(s.In).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		fmt.Fprintln(s.Err)
		return "", errInterrupted
	}
}
