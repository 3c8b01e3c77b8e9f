package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// victimEnv makes the test binary start a cluster below that folder and wait for its death.
const victimEnv = "TRANSHIP_CLUSTER_VICTIM"

// victim is what the test binary does then: it says which folder the cluster has, and never stops it.
func victim() int {
	c, err := Start(context.Background(), Options{Dir: os.Getenv(victimEnv), ControllerManager: true, Scheduler: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, c.Dir)
	<-c.Lost()
	fmt.Fprintln(os.Stderr, c.Err())
	return 1
}

func TestNothingRunsAfterTheParentIsKilled(t *testing.T) {
	assets(t) // a build in the victim would be in nobody's sight
	parent := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+parent)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the victim has started no cluster: %v", cmd.Wait())
	}
	dir := lines.Text()
	var left ownership
	content, err := os.ReadFile(filepath.Join(dir, ownerName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &left); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range left.Children {
		names = append(names, p.Name)
		if startTime(p.PID) != p.Started {
			t.Errorf("%s does not run as %d", p.Name, p.PID)
		}
	}
	if d := cmp.Diff(components, names); d != "" {
		t.Errorf("processes (-want +got):\n%s", d)
	}
	// As long as its owner lives, nobody takes the folder away.
	if err := Sweep(parent); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{filepath.Base(dir)}, listing(t, parent)); d != "" {
		t.Errorf("folders (-want +got):\n%s", d)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()               // says that it was killed
	if runtime.GOOS != "linux" { // elsewhere it takes the sweep to end them
		if err := Sweep(parent); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range left.Children {
		await(t, func() bool { return startTime(p.PID) != p.Started })
	}
	if err := Sweep(parent); err != nil {
		t.Fatal(err)
	}
	if left := listing(t, parent); len(left) != 0 {
		t.Errorf("the sweep has left %v", left)
	}
}
