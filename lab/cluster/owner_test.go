package cluster

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSweepTakesOnlyTheDead(t *testing.T) {
	parent := t.TempDir()
	living, holder, err := own(parent, folderPattern)
	if err != nil {
		t.Fatal(err)
	}
	dead, left, err := own(parent, folderPattern)
	if err != nil {
		t.Fatal(err)
	}
	// One process that the dead owner has left, and one that only has the number of another.
	orphan, bystander := sleeper(t), sleeper(t)
	for _, p := range []process{
		{Name: etcd, PID: orphan.Process.Pid, Started: startTime(orphan.Process.Pid)},
		{Name: apiServer, PID: bystander.Process.Pid, Started: "long ago"},
	} {
		if err := left.add(p); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dead, map[string]string{"etcd/member/wal": "data"})
	if err := left.release(); err != nil { // what the kernel does at the owner's death
		t.Fatal(err)
	}
	put(t, parent, map[string]string{
		"tranship-cluster-starting/ca.crt": "",
		"tranship-cluster-silent/ca.crt":   "",
		"else/file":                        "",
	})
	long := time.Now().Add(-2 * settling)
	if err := os.Chtimes(filepath.Join(parent, "tranship-cluster-silent"), long, long); err != nil {
		t.Fatal(err)
	}

	if err := Sweep(parent); err != nil {
		t.Fatal(err)
	}
	want := []string{"else", filepath.Base(living), "tranship-cluster-starting"}
	if d := cmp.Diff(want, listing(t, parent)); d != "" {
		t.Errorf("after the sweep (-want +got):\n%s", d)
	}
	if err := orphan.Wait(); endedBy(err) != syscall.SIGKILL {
		t.Errorf("the orphan ended with %v, want it killed", err)
	}
	if startTime(bystander.Process.Pid) == "" {
		t.Error("a process was ended that only has the number of one of ours")
	}

	var said ownership
	content, err := os.ReadFile(filepath.Join(living, ownerName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &said); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ownership{PID: os.Getpid(), Started: startTime(os.Getpid())}, said); d != "" {
		t.Errorf("owner file (-want +got):\n%s", d)
	}
	if err := holder.release(); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(parent); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"else", "tranship-cluster-starting"}, listing(t, parent)); d != "" {
		t.Errorf("after the second sweep (-want +got):\n%s", d)
	}
}

// What a killed lab has left beside its cluster goes with the next sweep; what it left in order is gone at once.
func TestFolderGoesWithItsOwner(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	living, leave, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	dead, left, err := own(parent, otherPattern)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dead, map[string]string{"s/p1": ""})
	if err := left.release(); err != nil { // what the kernel does at the owner's death
		t.Fatal(err)
	}
	if err := Sweep(""); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{filepath.Base(living)}, listing(t, parent)); d != "" {
		t.Errorf("after the sweep (-want +got):\n%s", d)
	}
	put(t, living, map[string]string{"coredns/Corefile": ""})
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	if names := listing(t, parent); len(names) != 0 {
		t.Errorf("it has left %v", names)
	}
}

// sleeper starts a process that does nothing, in a group of its own.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sleep", "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // may be gone
		_ = cmd.Wait()         // says that it was killed
	})
	return cmd
}

// endedBy returns the signal that a process has died of, or -1.
func endedBy(err error) syscall.Signal {
	exit, ok := err.(*exec.ExitError) //nolint:errorlint // as Wait returns it
	if !ok {
		return -1
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok {
		return -1
	}
	return status.Signal()
}
