package likeness

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// The real binary reads, converts and applies a few services, and what their
// containers see is what the ledger says. Nothing is moved: lab's own tests do that.
func TestLikenessOfAFew(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "tranship")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/tranship").CombinedOutput(); err != nil {
		t.Fatalf("build tranship: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "product.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r, err := Run(t.Context(), Options{
		Services: 7, Tasks: 2, TTL: 5 * time.Second, Timing: "fast", Rates: cloud.DefaultRates, Temper: "graceful", CoreDNS: "never", Seed: 1,
		Rate: 20, Control: time.Second, AtOnce: 1, Still: true, Tranship: binary, Log: log, Out: os.Stderr,
	})
	if err != nil {
		b, _ := os.ReadFile(log.Name())
		t.Fatalf("%v; the product said:\n%s", err, b[max(0, len(b)-4000):])
	}
	if err := r.OK(); err != nil {
		r.Print(os.Stderr)
		t.Error(err)
	}
	if n := r.Counts(); n.Containers < 7 || n.Platform == 0 {
		t.Errorf("%+v", n)
	}
}
