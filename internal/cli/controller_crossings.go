package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/cutover"
)

// crossings are the flags that say what may be counted on. Too small a value
// breaks what is promised.
type crossings struct {
	propagation, operation, health, taskStart time.Duration
	words                                     []string

	caches []cutover.Cache
}

func (o *crossings) flags(f *pflag.FlagSet) {
	f.DurationVar(&o.propagation, "propagation", 60*time.Second, "from a change until Route 53's last server knows it")
	f.DurationVar(&o.operation, "operation", 6*time.Second, "from a call to Cloud Map until its operation has succeeded")
	f.DurationVar(&o.health, "health", 30*time.Second, "from a custom health status until it counts")
	f.DurationVar(&o.taskStart, "task-start", 2*time.Minute, "from desiredCount until a task runs")
	f.StringArrayVar(&o.words, "client-cache", nil, "`NAME=DURATION`: a cache on the clients' side that keeps answers beyond their TTL, such as jvm=30s; may be repeated, they add up")
}

func (o *crossings) validate() error {
	var err error
	o.caches, err = parseCaches(o.words)
	return sentences(positive("--propagation", o.propagation), positive("--operation", o.operation), positive("--health", o.health),
		positive("--task-start", o.taskStart), err)
}

// positive refuses a duration of a flag that is not more than 0.
func positive(flag string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("%s must be more than 0", flag)
	}
	return nil
}

func parseCaches(words []string) ([]cutover.Cache, error) {
	var cs []cutover.Cache
	for _, w := range words {
		name, text, _ := strings.Cut(w, "=")
		d, err := time.ParseDuration(text)
		if name == "" || err != nil || d <= 0 {
			return nil, fmt.Errorf("--client-cache %s: it is NAME=DURATION, such as jvm=30s", w)
		}
		if slices.ContainsFunc(cs, func(c cutover.Cache) bool { return c.Name == name }) {
			return nil, fmt.Errorf("--client-cache %s is there twice", name)
		}
		cs = append(cs, cutover.Cache{Name: name, For: d})
	}
	return cs, nil
}

// into fills the controller's options.
func (o *crossings) into(to *controller.Options) {
	to.Propagation, to.Operation, to.Health, to.TaskStart, to.Caches = o.propagation, o.operation, o.health, o.taskStart, o.caches
}
