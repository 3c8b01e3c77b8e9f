package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/term"

	"github.com/tranship/tranship/internal/controller"
)

// Streams are where a verb reads and writes, and what is known of them.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY say that a person sits there.
	InTTY, OutTTY, ErrTTY bool
	// Color and ErrColor say that Out and Err understand colours and that they are wanted.
	Color, ErrColor bool
	// Width of the terminal in columns; 0: no terminal.
	Width int
}

// Env is all that verbs get from outside.
type Env struct {
	Streams
	Now     func() time.Time
	Nonce   func() string // never the same twice
	Wait    func(context.Context, time.Duration) error
	Connect func(Access) (*Cluster, error)
	Control func(context.Context, controller.Options) error
	Build   Build
}

// Build tells which build this is.
type Build struct {
	Version  string // of the module, "devel" if it has none
	Revision string // of version control; "" if not known
	Go       string
	Platform string
}

// System is the Env of a real process.
func System(in, out, errs *os.File) Env {
	tty := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	colors := os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	s := Streams{
		In: in, Out: out, Err: errs, InTTY: tty(in), OutTTY: tty(out), ErrTTY: tty(errs),
		Color: colors && tty(out), ErrColor: colors && tty(errs),
	}
	if s.OutTTY {
		if w, _, err := term.GetSize(int(out.Fd())); err == nil {
			s.Width = w
		}
	}
	return Env{
		Streams: s, Now: time.Now, Nonce: nonce, Wait: wait, Connect: Connect, Control: controller.Run, Build: readBuild(),
	}
}

// wait lets d pass, or returns the context's error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func nonce() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}

func readBuild() Build {
	b := Build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}
