package process

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Flags are the long flags that a program says it knows, without the dashes, when it
// is asked for --help after the given words.
func Flags(ctx context.Context, path string, words ...string) (map[string]bool, error) {
	cmd := exec.CommandContext(ctx, path, append(words, "--help")...)
	cmd.SysProcAttr = DieWithParent()
	help, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its flags: %w", filepath.Base(path), err)
	}
	return flagsIn(string(help)), nil
}

// flag stands at the begin of its line, after a short form if it has one.
var flag = regexp.MustCompile(`(?m)^\s+(?:-\w, )?--([a-z][a-z0-9-]*)`)

func flagsIn(help string) map[string]bool {
	known := map[string]bool{}
	for _, m := range flag.FindAllStringSubmatch(help, -1) {
		known[m[1]] = true
	}
	return known
}
