package clustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"k8s.io/client-go/discovery"

	"github.com/tranship/tranship/lab/cluster"
)

// dirEnv makes the test binary start its cluster below that folder, say so, and wait to be interrupted.
const dirEnv = "TRANSHIP_CLUSTERTEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirEnv); dir != "" {
		os.Exit(Main(m, cluster.Options{Dir: dir}))
	}
	goleak.VerifyTestMain(Wrap(m, cluster.Options{}))
}

func TestTestsShareOneServer(t *testing.T) {
	if os.Getenv(dirEnv) != "" {
		t.Skip("this run is to be interrupted")
	}
	first, second := Start(t), Start(t)
	if first == second || first.Host != second.Host {
		t.Errorf("configurations %p of %s and %p of %s; want two of one server", first, first.Host, second, second.Host)
	}
	client, err := discovery.NewDiscoveryClientForConfig(first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.ServerVersion(); err != nil {
		t.Error(err)
	}
}

// TestInterrupt is its own victim: the same binary runs it again, with a cluster, and gets Ctrl-C.
func TestInterrupt(t *testing.T) {
	if os.Getenv(dirEnv) != "" {
		c := Cluster(t)
		os.Stdout.WriteString("started\n") //nolint:errcheck // the parent fails if it does not come
		<-c.Lost()                         // never: the interrupt stops it
		return
	}
	if _, err := cluster.Build(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInterrupt$")
	cmd.Env = append(os.Environ(), dirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("started\n"))
	if _, err := out.Read(said); err != nil || !strings.HasPrefix(string(said), "started") {
		t.Fatalf("the other run says %q, %v", said, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the other run ended with %v, want it ended by the interrupt", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
