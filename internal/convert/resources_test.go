package convert

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/inventory"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"256": 256, "1 vCPU": 1024, ".25 vcpu": 256, "16 VCPU": 16384, "": 0, "lots": 0, "-1": 0, "NaN": 0} {
		if n, _ := cpuUnits(text); n != want {
			t.Errorf("%q is %d units, want %d", text, n, want)
		}
	}
	for text, want := range map[string]int64{"512": 512, "0.5GB": 512, "30 GB": 30720, "1e99": 0} {
		if n, _ := mebibytes(text); n != want {
			t.Errorf("%q is %d MiB, want %d", text, n, want)
		}
	}
}

// On Fargate a pod asks for what the task had, and no container for more than it may take.
func TestPodHasTheTasksSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cpu, memory := rapid.SampledFrom([]int64{256, 512, 1024, 4096}).Draw(t, "cpu"), rapid.Int64Range(1, 8).Draw(t, "GB")*1024
		n := rapid.IntRange(1, 4).Draw(t, "containers")
		list, bounded := "", true
		for i := range n {
			c := rapid.Int64Range(0, cpu/int64(n)).Draw(t, "cpu")
			m := rapid.SampledFrom([]int64{0, 0, 100}).Draw(t, "memory")
			bounded = bounded && m > 0
			list += fmt.Sprintf(`,{"name":"c%d","image":"i","cpu":%d,"memory":%d,"memoryReservation":%d}`, i, c, m, rapid.SampledFrom([]int64{0, 50}).Draw(t, "reservation"))
		}
		r, err := Convert(Input{
			Service: inventory.Service{Name: "orders", LaunchType: "FARGATE", Document: inventory.Document(`{"serviceName":"orders"}`)},
			Task:    inventory.TaskDefinition{Document: fmt.Appendf(nil, `{"cpu":"%d","memory":"%d","containerDefinitions":[%s]}`, cpu, memory, list[1:])},
		}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var cpus, bytes int64
		for _, k := range podOf(t, r).Spec.Containers {
			cpus += k.Resources.Requests.Cpu().MilliValue()
			bytes += k.Resources.Requests.Memory().Value()
			if k.Resources.Requests.Memory().Cmp(*k.Resources.Limits.Memory()) > 0 || k.Resources.Requests.Cpu().Cmp(*k.Resources.Limits.Cpu()) > 0 {
				t.Errorf("%s asks for more than it may take: %+v", k.Name, k.Resources)
			}
		}
		if cpus != cpu*1000/1024 || !bounded && bytes != memory<<20 {
			t.Errorf("%d m and %d bytes of a task of %d units and %d MiB: %s", cpus, bytes, cpu, memory, list)
		}
	})
}
