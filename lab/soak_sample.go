package lab

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// Sample is what the lab's process holds at one moment.
type Sample struct {
	At         time.Duration // since the begin
	Goroutines int
	Files      int    // open descriptors; 0 where the system does not say
	Heap       uint64 // bytes that are reachable, after a collection
}

const sampleHead = "      time  goroutines  descriptors  heap MiB"

func (s Sample) String() string {
	return fmt.Sprintf("%10s  %10d  %11d  %8.1f", s.At.Round(time.Second), s.Goroutines, s.Files, float64(s.Heap)/(1<<20))
}

// takeSample counts, and then collects garbage, twice: what a finalizer lets go of
// is gone with the second. What is allocated while a collection runs counts as in
// use, and on a busy machine that takes long enough for tens of MiB of garbage; so
// still keeps everybody from making it for as long as the second one runs.
func takeSample(at time.Duration, still func(measure func())) Sample {
	s := Sample{At: at, Goroutines: runtime.NumGoroutine()}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.Files = len(entries) - 1 // one is the folder itself
	}
	runtime.GC()
	still(func() {
		runtime.GC()
		m := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(m)
		s.Heap = m[0].Value.Uint64()
	})
	return s
}

// still stops AWS, and with it all who look a name up or dial, while measure runs.
func (l *Lab) still(measure func()) { l.live.do(func(*cloud.Cloud) { measure() }) }

// Soaked is what a soak came to.
type Soaked struct {
	Every    time.Duration
	Samples  []Sample
	Requests int
	// Failed requests are no failure of a soak: tasks die in it.
	Failed      int
	Hits        int // of the faults that are still listed
	Deployments int
	Calls       int // over the wire, by the soak itself
}

// What may be found to have grown over the second half of a soak, by a line
// through its samples: a twentieth of its mean, and so much on top, because load
// and faults come and go under the samples.
const (
	growthShare  = 0.05
	slackThreads = 40      // goroutines
	slackFiles   = 40      // descriptors
	slackHeap    = 4 << 20 // bytes
)

// Growth is how much one thing grew.
type Growth struct {
	What                string
	Mean, Grew, Allowed float64
}

func (g Growth) String() string {
	return fmt.Sprintf("%s grew by %.0f in the second half (mean %.0f, allowed %.0f)", g.What, g.Grew, g.Mean, g.Allowed)
}

// Growth fits a line through the second half of the samples, and says what it
// rises by from the first of those to the last.
func (s *Soaked) Growth() []Growth {
	half := s.Samples[len(s.Samples)/2:]
	var out []Growth
	for _, x := range []struct {
		what  string
		of    func(Sample) float64
		slack float64
	}{
		{"goroutines", func(s Sample) float64 { return float64(s.Goroutines) }, slackThreads},
		{"descriptors", func(s Sample) float64 { return float64(s.Files) }, slackFiles},
		{"heap bytes", func(s Sample) float64 { return float64(s.Heap) }, slackHeap},
	} {
		mean, rise := fit(half, x.of)
		out = append(out, Growth{What: x.what, Mean: mean, Grew: rise, Allowed: growthShare*mean + x.slack})
	}
	return out
}

// fit is the mean, and the rise of the least-squares line from the first to the
// last sample.
func fit(samples []Sample, of func(Sample) float64) (mean, rise float64) {
	n := float64(len(samples))
	if n == 0 {
		return 0, 0
	}
	var sx, sy, sxx, sxy float64
	for _, s := range samples {
		x, y := s.At.Seconds(), of(s)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	mean = sy / n
	if d := n*sxx - sx*sx; d > 0 {
		rise = (n*sxy - sx*sy) / d * (samples[len(samples)-1].At - samples[0].At).Seconds()
	}
	return mean, rise
}

// enough is how many samples a line is drawn through at least.
const enough = 6

// OK says whether the lab kept its size; what grew otherwise.
func (s *Soaked) OK() error {
	if len(s.Samples) < 2*enough {
		return fmt.Errorf("%d samples are too few to tell: at least %d, so run for longer or sample more often", len(s.Samples), 2*enough)
	}
	var errs []error
	for _, g := range s.Growth() {
		if g.Grew > g.Allowed {
			errs = append(errs, errors.New(g.String()))
		}
	}
	return errors.Join(errs...)
}
