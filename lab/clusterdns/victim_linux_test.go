package clusterdns

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// victimEnv makes this test binary a process that runs CoreDNS and waits to be killed: assets, folder and upstream.
const victimEnv = "CLUSTERDNS_VICTIM"

// victim starts CoreDNS, says its process id, and stays.
func victim() int {
	words := strings.Split(os.Getenv(victimEnv), "\n")
	s, err := Start(context.Background(), Options{Assets: words[0], Dir: words[1], Upstream: words[2]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, s.PID)
	<-s.Lost()
	return 0
}

// However its owner dies, CoreDNS does not outlive it.
func TestDiesWithItsOwner(t *testing.T) {
	assets := built(t)
	up, _ := upstream(t, 5)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), victimEnv+"="+strings.Join([]string{assets, t.TempDir(), up}, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(bufio.NewReader(out), &pid); err != nil {
		t.Fatal(err)
	}
	if !running(pid) {
		t.Fatalf("process %d does not run", pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for running(pid) { // the test's own time-out ends this
		<-tick.C
	}
}

// running says that there is such a process, and not only what is left of one.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	return !bytes.HasPrefix(after, []byte("Z"))
}
