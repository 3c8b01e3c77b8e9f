package churn

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The real controller, over the wire, fills the names of a small fleet, and the
// trial sees all of it: calls, pods, memory.
func TestFillOfASmallFleet(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "tranship")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/tranship").CombinedOutput(); err != nil {
		t.Fatalf("build tranship: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "controller.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r, err := Run(t.Context(), Options{
		Services: 3, Pods: 2, TTL: 5 * time.Second, Timing: "fast", Rates: "mcs", Temper: "graceful", CoreDNS: "never",
		Rate: 50, Control: time.Second, Rest: time.Second, AtOnce: 3, Replicas: 1, Only: []string{string(Fill)},
		Tranship: binary, ControllerLog: log, Out: os.Stderr,
	})
	if err != nil {
		b, _ := os.ReadFile(log.Name())
		t.Fatalf("%v; controller:\n%s", err, b[max(0, len(b)-4000):])
	}
	f := r.Fill
	if f == nil || f.Pods != 6 || f.Calls[registerInstance] < 6 || f.StartUpSeconds <= 0 || f.TotalSeconds < f.StartUpSeconds {
		t.Errorf("first fill: %+v", f)
	}
	if r.Rest != nil || r.Restart != nil || r.Vanish != nil {
		t.Error("phases were held that nobody asked for")
	}
	if err := r.OK(); err != nil {
		t.Error(err)
	}
}
