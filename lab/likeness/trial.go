package likeness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/likeness/crds"
	"github.com/tranship/tranship/lab/likeness/fleet"
	"github.com/tranship/tranship/lab/likeness/secrets"
	"github.com/tranship/tranship/lab/load"
)

// trial is one run.
type trial struct {
	o       Options
	lab     *lab.Lab
	apply   *applier
	product product
	report  *Report
	shapes  []lab.Shape
}

// Run holds the trial. The report is nil where nothing could be measured; an error
// beside one says what could not be done.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &trial{o: o, report: &Report{Still: o.Still}}
	lo := o.labOptions()
	t.shapes = lo.Shapes
	if t.o.Dir == "" {
		dir, err := os.MkdirTemp("", "tranship-likeness-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		t.o.Dir = dir
	} else if err := os.MkdirAll(t.o.Dir, 0o700); err != nil {
		return nil, err
	}
	t.say("lab")
	if t.lab, err = lab.Up(ctx, lo); err != nil {
		return nil, err
	}
	err = t.run(ctx)
	return t.report, errors.Join(err, t.lab.Down(ctx))
}

func (t *trial) run(ctx context.Context) error {
	d, err := dynamic.NewForConfig(t.lab.RESTConfig())
	if err != nil {
		return err
	}
	t.apply = newApplier(t.lab.Kubernetes(), d)
	t.product = product{path: t.o.Tranship, env: t.lab.Ready.Env(), dir: t.o.Dir, log: t.o.Log}
	if err := t.apply.install(ctx, crds.FS); err != nil {
		return err
	}
	operating, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- secrets.Operator{Client: t.lab.Kubernetes(), Dynamic: d, Store: fleet.Store(), Parameters: parameterStore}.Run(operating)
	}()
	finish := sync.OnceValue(func() error {
		stop()
		return <-ended
	})
	defer func() { _ = finish() }() // what came before is what went wrong

	for n, s := range t.shapes {
		t.report.Services = append(t.report.Services, Service{Name: lab.ServiceName(n + 1), Title: s.Title, Nameless: s.Nameless})
	}
	t.say("control run: %.0f requests/s for %s, nothing happens", t.o.Rate, t.o.Control)
	if t.report.ControlRun, err = t.lab.Control(ctx, t.o.Rate, t.o.Control); err != nil {
		return err
	}
	r, err := t.lab.Observe(ctx, lab.Trial{Rate: t.o.Rate, Linger: lab.JVMCache / 3}, func(ctx context.Context, _ func() load.Result) error {
		return t.steps(ctx)
	})
	if r != nil {
		t.report.Requests, t.report.Failed, t.report.Unexplained = r.Requests, r.FailedRequests, r.UnexplainedFailures
		t.report.Witnesses = append(t.report.Witnesses, r.Witnesses...)
	}
	if oerr := finish(); oerr != nil {
		err = errors.Join(err, fmt.Errorf("the operator of secrets: %w", oerr))
	}
	return err
}

// steps are what a user does, one after the other, and what the trial looks at in
// between.
func (t *trial) steps(ctx context.Context) error {
	for _, s := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"inventory", t.inventory},
		{"convert", t.convert},
		{"apply", t.applyAll},
		{"wait until all is ready", t.ready},
		{"compare what the containers see", t.compare},
		{"migrate", t.migrate},
	} {
		if s.what == "migrate" && t.o.Still {
			continue
		}
		began := time.Now()
		t.say("%s", s.what)
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		t.say("  %.1f s", time.Since(began).Seconds())
	}
	return nil
}

func (t *trial) inventory(ctx context.Context) error { return t.product.inventory(ctx) }

func (t *trial) convert(ctx context.Context) error {
	for range rounds {
		if err := t.product.convert(ctx); err != nil {
			return err
		}
		books, err := t.product.ledgers()
		if err != nil {
			return err
		}
		for i := range t.report.Services {
			s := &t.report.Services[i]
			b, ok := books[s.Name]
			s.Converted, s.entries, s.Open = ok, b.Fields, b.open()
		}
		n, err := t.product.decide(books)
		if err != nil {
			return err
		}
		if t.report.Decided += n; n == 0 {
			return nil
		}
		t.say("  %d questions answered", n)
	}
	return errors.New("each answer raises another question")
}

// rounds is how often an answer may raise another question.
const rounds = 4

// applyAll applies what was written, as it was written, and makes the ConfigMaps that
// people are told to make of the environment files.
func (t *trial) applyAll(ctx context.Context) error {
	files, err := manifests(filepath.Join(t.o.Dir, outDir, "yaml"))
	if err != nil {
		return err
	}
	if err := t.environmentFiles(ctx, files); err != nil {
		return err
	}
	refused := map[string]bool{}
	for _, f := range files {
		for _, u := range f.objects {
			if err := t.apply.apply(ctx, u); err != nil {
				t.report.Refused = append(t.report.Refused, err.Error())
				refused[serviceOf(f.name, t.report.Services)] = true
			}
		}
	}
	for i := range t.report.Services {
		s := &t.report.Services[i]
		s.Applied = s.Converted && !refused[s.Name] && slices.ContainsFunc(files, func(f file) bool { return serviceOf(f.name, t.report.Services) == s.Name })
	}
	return nil
}

// serviceOf says whose file it is, by its path.
func serviceOf(path string, all []Service) string {
	for _, s := range all {
		if filepath.Base(filepath.Dir(path)) == s.Name || filepath.Base(path) == s.Name+".yaml" {
			return s.Name
		}
	}
	return ""
}

// environmentFiles makes a ConfigMap of each environment file, called as the converted
// pods ask for it: what the note above envFrom tells a person to do.
func (t *trial) environmentFiles(ctx context.Context, files []file) error {
	var missing []string
	for _, f := range files {
		for _, u := range f.objects {
			missing = append(missing, configMaps(u)...)
		}
	}
	for _, f := range files {
		for _, u := range f.objects {
			if u.GetKind() == "ConfigMap" {
				missing = slices.DeleteFunc(missing, func(n string) bool { return n == u.GetName() })
			}
		}
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(missing))) {
		m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: lab.KubeNamespace}, Data: fileOf(name)}
		if _, err := t.lab.Kubernetes().CoreV1().ConfigMaps(lab.KubeNamespace).Create(ctx, m, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("ConfigMap %s: %w", name, err)
		}
		t.report.Made = append(t.report.Made, name)
	}
	return nil
}

// say tells whoever watches.
func (t *trial) say(format string, a ...any) { fmt.Fprintf(t.o.Out, format+"\n", a...) }
