package lab

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// A mistake in the command line is exit code 2 and one line, before anything starts.
func TestUsage(t *testing.T) {
	for args, say := range map[string]string{
		"up --services 0":               "services: it can't be 0",
		"demo --tasks 0":                "tasks: it can't be 0",
		"demo --rate 0":                 "rate: it can't be 0",
		"up --ttl 1500ms":               "whole seconds",
		"up --timing slow":              `"slow" is neither fast nor aws`,
		"up --eks some":                 `"some" is neither none nor ready`,
		"up --temper angry":             "angry",
		"up --reaction-health replay":   "ignore, reassert, replace",
		"demo --procedure magic":        "neither tranship nor poc",
		"demo --nonsense":               "unknown flag",
		"up --services 100000":          "100000",
		"demo --reaction-deregister no": "ignore, reregister, replace",
		"up --autoscaling many":         "no MIN:MAX",
		"up --autoscaling 4:2":          "no MIN:MAX",
		"demo --autoscaling 3:6":        "2 tasks of each service are outside of 3:6",
		"up --utilisation 80":           "needs --autoscaling",
	} {
		var out, errs bytes.Buffer
		code := Main(strings.Fields(args), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), say) || strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%s: exit %d, %q, want 2 and one line with %q", args, code, errs.String(), say)
		}
	}
}

// Whoever interrupts a lab hears of what did not stop in order.
func TestEnded(t *testing.T) {
	why := errors.New("the folder stays")
	for _, tt := range []struct {
		interrupted bool
		err         error
		code        int
		say         string
	}{
		{false, nil, exitOK, ""},
		{true, nil, exitOK, ""},
		{true, why, exitInterrupted, "tranship-lab: interrupted: the folder stays\n"},
		{false, why, exitError, "tranship-lab: the folder stays\n"},
		{false, usageError{why}, exitUsage, "tranship-lab: the folder stays\n"},
	} {
		var errs bytes.Buffer
		if code := ended(tt.interrupted, tt.err, &errs); code != tt.code || errs.String() != tt.say {
			t.Errorf("%v, interrupted %t: exit %d, %q; want %d, %q", tt.err, tt.interrupted, code, errs.String(), tt.code, tt.say)
		}
	}
}
