package sees

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Difference is one thing that is not the same.
type Difference struct {
	// Container is as ECS calls it, or as EKS does where ECS has none such; "": of the whole.
	Container string `json:"container,omitempty"`
	Aspect    string `json:"aspect"`
	ECS       string `json:"ecs,omitempty"`
	EKS       string `json:"eks,omitempty"`
	// Platform says that no field of a task definition states it: it is what the two
	// platforms are.
	Platform bool `json:"platform,omitempty"`
}

// Pair is a container and what it became.
type Pair struct{ ECS, EKS string }

// Compare finds what a pod's containers see other than a task's. The pairs say which
// container is which; see Match.
func Compare(ecs, eks Report, pairs []Pair) []Difference {
	renamed := map[string]string{}
	for _, p := range pairs {
		renamed[p.EKS] = p.ECS
	}
	out := compare("", ecs.Whole.Aspects(), eks.Whole.Aspects())
	for _, p := range pairs {
		var a, b Aspects
		if c := ecs.container(p.ECS); c != nil {
			a = c.Aspects()
		}
		if c := eks.container(p.EKS); c != nil {
			b = c.renamed(renamed).Aspects()
		}
		out = append(out, compare(cmp.Or(p.ECS, p.EKS), a, b)...)
	}
	return out
}

// Match pairs the containers of a task with those of a pod: by name, else by image,
// else with nothing.
func Match(ecs, eks Report) []Pair {
	left := map[string]string{} // EKS name → image
	for _, c := range eks.Containers {
		left[c.Name] = c.Image
	}
	var out []Pair
	for _, c := range ecs.Containers {
		p := Pair{ECS: c.Name}
		if _, ok := left[c.Name]; ok {
			p.EKS = c.Name
			delete(left, c.Name)
		}
		out = append(out, p)
	}
	for i, p := range out {
		if p.EKS != "" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(left)) {
			if left[name] == ecs.container(p.ECS).Image {
				out[i].EKS = name
				delete(left, name)
				break
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		out = append(out, Pair{EKS: name})
	}
	return out
}

func (r Report) container(name string) *Container {
	if name == "" {
		return nil
	}
	for i := range r.Containers {
		if r.Containers[i].Name == name {
			return &r.Containers[i]
		}
	}
	return nil
}

// renamed is the container with its neighbours called as ECS calls them.
func (c Container) renamed(names map[string]string) Container {
	called := func(n string) string { return cmp.Or(names[n], n) }
	after := map[string]Condition{}
	for k, v := range c.After {
		after[called(k)] = v
	}
	c.After = after
	c.Mounts = slices.Clone(c.Mounts)
	for i := range c.Mounts {
		with := slices.Clone(c.Mounts[i].SharedWith)
		for k, s := range with {
			name, path, _ := strings.Cut(s, ":")
			with[k] = called(name) + ":" + path
		}
		slices.Sort(with)
		c.Mounts[i].SharedWith = with
	}
	return c
}

// compare goes through what both say, in order of name.
func compare(container string, ecs, eks Aspects) []Difference {
	var out []Difference
	for _, name := range either(ecs, eks) {
		if strings.HasPrefix(name, asked) || strings.HasPrefix(name, given) {
			continue // below, together
		}
		d := Difference{Container: container, Aspect: name, ECS: ecs[name], EKS: eks[name]}
		d.Platform = container == "" && (name == "resolver" || name == "identity" || name == "ipc" && d.ECS == "own" && d.EKS == "together")
		if !alike(name, d.ECS, d.EKS) {
			out = append(out, d)
		}
	}
	for _, name := range either(ecs.variables(), eks.variables()) {
		a, b := ecs.variables()[name], eks.variables()[name]
		if a == b {
			continue
		}
		nobodyAsked := ecs[asked+name] == "" && eks[asked+name] == ""
		out = append(out, Difference{
			Container: container, Aspect: asked + name, ECS: a, EKS: b,
			Platform: nobodyAsked && (a == "" || platformVariable(name)),
		})
	}
	return out
}

// The names of variables begin so.
const (
	asked = "environment."
	given = "given."
)

// variables are the environment as the container has it, whoever put it there.
func (a Aspects) variables() Aspects {
	out := Aspects{}
	for k, v := range a {
		if name, ok := strings.CutPrefix(k, given); ok && a[asked+name] == "" {
			out[name] = v
		}
		if name, ok := strings.CutPrefix(k, asked); ok {
			out[name] = v
		}
	}
	return out
}

func either(a, b Aspects) []string {
	names := Aspects{}
	maps.Copy(names, a)
	maps.Copy(names, b)
	return slices.Sorted(maps.Keys(names))
}

// platformVariable says that a variable that ECS sets unasked leads to ECS itself, or
// names it, and so can't be the same elsewhere.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
func platformVariable(name string) bool {
	return strings.HasPrefix(name, "ECS_") || name == "AWS_EXECUTION_ENV" || name == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
}

// alike says that a container can't tell the one from the other.
func alike(aspect, ecs, eks string) bool {
	if ecs == eks {
		return true
	}
	switch {
	case aspect == "stop":
		// Whoever gets longer to stop than he had does not see it.
		return number(eks) >= number(ecs)
	case strings.HasSuffix(aspect, ".least"):
		// Nor does whoever has more kept for it, but for a thousandth of a CPU that is
		// lost in rounding.
		return number(eks)+1 >= number(ecs)
	case strings.HasPrefix(aspect, "cpu."):
		// 1,024 units of ECS are 1,000 of Kubernetes: one is lost in rounding.
		d := number(ecs) - number(eks)
		return ecs != "" && eks != "" && d >= -1 && d <= 1
	case strings.HasPrefix(aspect, "after."):
		// Whoever waits for more than he asked for does not see it.
		return ecs == "" || rank[Condition(eks)] >= rank[Condition(ecs)] && ended(eks) == ended(ecs)
	}
	return false
}

var rank = map[Condition]int{Started: 1, Healthy: 2, Completed: 1, Succeeded: 2}

func ended(c string) bool { return Condition(c) == Completed || Condition(c) == Succeeded }

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
