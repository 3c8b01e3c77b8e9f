package likeness

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tranship/tranship/lab"
)

func TestOptionsThatCannotBe(t *testing.T) {
	for args, say := range map[string]string{
		"--services 0": "services",
		"--tasks 0":    "tasks",
		"--ttl 1500ms": "whole seconds",
		"--rate 0":     "no load",
		"--control 0s": "control",
		"--at-once 0":  "at-once",
		"--nonsense":   "unknown flag",
	} {
		var out, errs bytes.Buffer
		code := lab.Main(append([]string{"likeness"}, strings.Fields(args)...), &out, &errs, Command)
		if code != 2 || !strings.Contains(errs.String(), say) || strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%s: exit %d, %q, want 2 and one line with %q", args, code, errs.String(), say)
		}
	}
}
