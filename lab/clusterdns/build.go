package clusterdns

import (
	"context"
	"io"

	"github.com/tranship/tranship/lab/nested"
)

// binary is the program's name.
const binary = "coredns"

var program = nested.Program{
	Title: "CoreDNS", Source: "lab/coredns", Binary: binary,
	Requires:  "github.com/coredns/coredns",
	Compiling: "CoreDNS VERSION; this takes 1-3 minutes on two cores, once",
	Instead:   ", or go without it (--coredns=false)",
}

// Build returns the folder with CoreDNS, and makes it if it is not there yet; see nested.Program.
func Build(ctx context.Context, progress io.Writer) (dir string, err error) {
	return program.Build(ctx, progress)
}

// Built returns the folder with CoreDNS if it is built already, and "" if it isn't. It never builds.
func Built(ctx context.Context) (dir string, err error) { return program.Built(ctx) }

// Version is the one that is built, such as v1.15.0.
func Version() (string, error) { return program.Version() }
