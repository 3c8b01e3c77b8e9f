package externaldns

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tranship/tranship/lab"
)

// script is a program in place of ExternalDNS.
func script(t *testing.T, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "external-dns")
	if err := os.WriteFile(p, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// What ends is started again, each end is known, and nothing is left of it after
// Stop.
func TestProcessIsStartedAgain(t *testing.T) {
	defer goleak.VerifyNone(t)
	log := &diary{}
	p, err := Start(t.Context(), Options{Binary: script(t, `echo "$@"; echo first; echo "why it ended"; exit 3`), Interval: time.Millisecond, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := await(t.Context(), func() error {
		if n := len(p.Ends()); n < 3 {
			return errEnds
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	p.Stop()
	if e := p.Ends()[0]; e != "exit status 3: why it ended" {
		t.Errorf("it ended with %q, want its exit status and last line", e)
	}
	if !strings.Contains(log.tail(), "--provider=aws-sd") {
		t.Errorf("the program was not given its arguments: %s", log.tail())
	}
}

// One that runs is ended by Stop, and that is no end by itself.
func TestProcessStops(t *testing.T) {
	defer goleak.VerifyNone(t)
	log := &diary{}
	p, err := Start(t.Context(), Options{Binary: script(t, "echo up\nexec sleep 600"), Interval: time.Minute, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := await(t.Context(), func() error {
		if log.tail() == "" {
			return errEnds
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	p.Stop()
	if e := p.Ends(); len(e) > 0 {
		t.Errorf("ends %v of a program that was stopped", e)
	}
}

func TestProcessThatIsNotThere(t *testing.T) {
	if _, err := Start(t.Context(), Options{Binary: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a program that is not there was started")
	}
}

// The arguments are the proof of concept's, word for word; nothing of this
// process's own AWS settings gets through.
func TestArguments(t *testing.T) {
	t.Setenv("AWS_PROFILE", "mine")
	o := Options{Interval: time.Minute, Lab: lab.Ready{
		Namespace: "external-dns-test.internal", AccountID: "123456789012", Kubeconfig: "k", AWSEndpoint: "http://127.0.0.1:1",
	}}
	want := []string{
		"--source=service", "--source=ingress", "--provider=aws-sd", "--domain-filter=external-dns-test.internal",
		"--aws-zone-type=private", "--txt-owner-id=123456789012", "--log-level=debug",
	}
	if got := o.args()[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("arguments %v, want %v first", got, want)
	}
	for _, e := range o.env() {
		if strings.Contains(e, "mine") {
			t.Errorf("%s is of this machine", e)
		}
	}
}
