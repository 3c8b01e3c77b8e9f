package convert

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// share is what a container has of the task, and gets of the pod.
type share struct {
	k                        *container
	cpu, memory, reservation int64 // of its own; thousandths of a CPU and MiB, 0: none
	// What it asks for, with its part of what nobody else claims.
	cpuRequest, memoryRequest int64
}

// size shares the task's size out to the containers. What a container has of its own
// comes first. The rest of the task's goes to those that have nothing of their own, so
// that the pod asks for as much as the task had: that is what the nodes must have for it.
// Where the task's size is a bound, each container alone may take all of it, as on ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
func (c *conversion) size() {
	cpu, memory := c.taskSize("cpu", cpuUnits), c.taskSize("memory", mebibytes)
	cpu = thousandths(cpu)
	var all, side []*share // those that run side by side
	for _, k := range c.containers {
		s := &share{k: k}
		n, _ := k.ecs.Field("cpu").Int()
		s.cpu = thousandths(n)
		s.memory, _ = k.ecs.Field("memory").Int()
		s.reservation, _ = k.ecs.Field("memoryReservation").Int()
		s.memory, s.reservation = max(s.memory, 0), max(s.reservation, 0)
		s.cpuRequest, s.memoryRequest = s.cpu, s.memory
		if s.reservation > 0 {
			s.memoryRequest = s.reservation
		}
		if all = append(all, s); !k.init {
			side = append(side, s)
		}
	}
	shareOut(cpu, side, func(s *share) *int64 { return &s.cpuRequest }, func(*share) bool { return true })
	shareOut(memory, side, func(s *share) *int64 { return &s.memoryRequest }, func(s *share) bool { return s.memory == 0 })
	fillUp(memory, side)
	for _, s := range all {
		if s.k.init {
			beside(s, side, cpu, memory)
		}
		c.apply(s, cpu, memory)
	}
	c.settleSize(side, memory)
}

// fillUp gives what is still left of the task's memory to those whose reservation is
// less than they may use: the task had it, reserved or not.
func fillUp(memory int64, side []*share) {
	for _, s := range side {
		memory -= s.memoryRequest
	}
	for _, s := range side {
		if more := min(memory, s.memory-s.memoryRequest); more > 0 {
			s.memoryRequest, memory = s.memoryRequest+more, memory-more
		}
	}
}

// shareOut gives what is left of the total to those that may take more: to those that
// ask for nothing so far, in equal parts, or else to all in proportion.
func shareOut(total int64, among []*share, request func(*share) *int64, may func(*share) bool) {
	var takers, empty []*share
	rest, asked := total, int64(0)
	for _, s := range among {
		rest -= *request(s)
		if !may(s) {
			continue
		}
		takers, asked = append(takers, s), asked+*request(s)
		if *request(s) == 0 {
			empty = append(empty, s)
		}
	}
	if rest <= 0 || len(takers) == 0 {
		return
	}
	given := int64(0)
	give := func(s *share, n int64) { *request(s) += n; given += n }
	if len(empty) > 0 {
		takers = empty
		for _, s := range takers {
			give(s, rest/int64(len(takers)))
		}
	} else {
		for _, s := range takers {
			give(s, int64(float64(rest)*(float64(*request(s))/float64(asked))))
		}
	}
	*request(takers[0]) += rest - given
}

// beside sizes a container that ends before the others begin: it may ask for what they
// will, as it has the task to itself but for those that start before it.
func beside(s *share, side []*share, cpu, memory int64) {
	for _, o := range side {
		if o.k.sidecar {
			cpu, memory = cpu-o.cpuRequest, memory-o.memoryRequest
		}
	}
	if s.cpuRequest == 0 {
		s.cpuRequest = max(cpu, 0)
	}
	if s.memoryRequest == 0 {
		s.memoryRequest = max(memory, 0)
	}
}

// apply writes requests and limits. CPU has a limit only where ECS has one: the task's,
// or on Windows the container's.
func (c *conversion) apply(s *share, cpu, memory int64) {
	set := func(list *corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
		if !q.IsZero() {
			if *list == nil {
				*list = corev1.ResourceList{}
			}
			(*list)[name] = q
		}
	}
	r := &s.k.Resources
	set(&r.Requests, corev1.ResourceCPU, *resource.NewMilliQuantity(s.cpuRequest, resource.DecimalSI))
	set(&r.Requests, corev1.ResourceMemory, mebi(s.memoryRequest))
	limit := cpu
	if c.windows && s.cpu > 0 {
		limit = s.cpu
	}
	if limit > 0 {
		set(&r.Limits, corev1.ResourceCPU, *resource.NewMilliQuantity(max(limit, s.cpuRequest), resource.DecimalSI))
	}
	if most := s.memory; most > 0 {
		set(&r.Limits, corev1.ResourceMemory, mebi(max(most, s.memoryRequest)))
	} else if memory > 0 {
		set(&r.Limits, corev1.ResourceMemory, mebi(max(memory, s.memoryRequest)))
	}
}

// settleSize says what became of the fields.
func (c *conversion) settleSize(side []*share, memory int64) {
	bounded := int64(0) // the memory that all together may use
	for _, s := range side {
		if s.memory == 0 {
			bounded += memory
		}
		bounded += s.memory
	}
	for _, k := range c.containers {
		k.ecs.Field("cpu").Mapped(k.to("resources.requests.cpu"))
		k.ecs.Field("memory").Mapped(k.to("resources.limits.memory"))
		k.ecs.Field("memoryReservation").Mapped(k.to("resources.requests.memory"))
	}
	for _, field := range []string{"cpu", "memory"} {
		to, n := "Pod spec.containers[].resources", c.task.Field(field)
		if len(side) > 1 && (field == "cpu" || bounded > memory) {
			n.Approximated(to, "the containers together ask for as much as the task had; each may use all of it, and so all together more")
			continue
		}
		n.Mapped(to)
	}
	if n := c.task.At("ephemeralStorage.sizeInGiB"); n.Set() {
		gib, ok := n.Int()
		if !ok || gib <= 0 || len(side) == 0 {
			n.Unsupported("no size")
			return
		}
		k := c.main()
		if k.Resources.Requests == nil {
			k.Resources.Requests = corev1.ResourceList{}
		}
		k.Resources.Requests[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(min(gib, 1<<20)<<30, resource.BinarySI)
		n.Mapped(k.to("resources.requests.ephemeral-storage"))
	}
}

// taskSize reads a size of the task; 0 for none, and for what is none.
func (c *conversion) taskSize(field string, read func(string) (int64, bool)) int64 {
	n := c.task.Field(field)
	v, ok := read(n.Text())
	if n.Set() && !ok {
		n.Unsupported("no size that ECS would take")
	}
	return v
}

// cpuUnits reads 1024, or 1 vCPU, as units of which a CPU has 1024.
func cpuUnits(text string) (int64, bool) { return sizeIn(text, "vcpu") }

// mebibytes reads 2048, or 2 GB, as MiB.
func mebibytes(text string) (int64, bool) { return sizeIn(text, "gb") }

func sizeIn(text, unit string) (int64, bool) {
	number, whole := strings.CutSuffix(strings.ToLower(strings.TrimSpace(text)), unit)
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if whole {
		v *= 1024
	}
	if err != nil || !(v >= 1 && v <= 1<<31) { // also NaN
		return 0, false
	}
	return int64(v), true
}

// thousandths makes them of CPU units, at least one of any.
func thousandths(units int64) int64 {
	if units <= 0 {
		return 0
	}
	return max(min(units, 1<<40)*1000/1024, 1)
}

func mebi(n int64) resource.Quantity {
	return *resource.NewQuantity(min(n, 1<<40)<<20, resource.BinarySI)
}
