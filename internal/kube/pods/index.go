package pods

import (
	"context"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// labelIndex is the name of the index: a pod is in it once for each of its
// labels, as key=value.
const labelIndex = "tranship.dev/label"

const (
	// sample is how many pods of a label are counted: enough to tell a rare
	// label from a common one.
	sample = 256
	// remembered bounds the labels whose count is kept.
	remembered = 1 << 16
)

// Lister finds pods by a selector. With the index it looks only at the pods
// that have the rarest label of the selector; a namespace of 10,000 pods is
// never walked for the ten of one Service. nil works, without an index.
type Lister struct {
	mu    sync.Mutex
	count map[string]int // of pods, by namespace and label, when it was looked at
}

// Index adds the index to a manager's cache, before it starts, and returns the
// Lister that uses it. A cache's reader is then the one to give to List.
func Index(ctx context.Context, ix client.FieldIndexer) (*Lister, error) {
	err := ix.IndexField(ctx, &corev1.Pod{}, labelIndex, func(o client.Object) []string { return pairs(o.GetLabels()) })
	if err != nil {
		return nil, fmt.Errorf("index of pods by label: %w", err)
	}
	return &Lister{count: map[string]int{}}, nil
}

func pairs(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k, v := range m {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return out
}

// List finds the pods of a namespace that a selector of a Service picks. They
// may be those of the cache itself: read them only.
func (l *Lister) List(ctx context.Context, r client.Reader, namespace string, selector map[string]string) ([]corev1.Pod, error) {
	if len(selector) == 0 {
		return nil, nil
	}
	want := labels.SelectorFromSet(selector)
	if l == nil {
		return list(ctx, r, client.InNamespace(namespace), client.MatchingLabelsSelector{Selector: want})
	}
	ps := pairs(selector)
	rarest, count, err := l.choose(ctx, r, namespace, ps)
	if err != nil {
		return nil, err
	}
	found, err := list(ctx, r, client.InNamespace(namespace), client.MatchingFields{labelIndex: rarest})
	if err != nil {
		return nil, err
	}
	if len(ps) > 1 && len(found) > 2*count+8 {
		l.forget(namespace, ps) // the label has become common
	}
	return slices.DeleteFunc(found, func(p corev1.Pod) bool { return !want.Matches(labels.Set(p.Labels)) }), nil
}

// list reads without copying what it points to.
func list(ctx context.Context, r client.Reader, opts ...client.ListOption) ([]corev1.Pod, error) {
	var pods corev1.PodList
	if err := r.List(ctx, &pods, append(opts, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil, err
	}
	return pods.Items, nil
}

// choose picks the label of a selector that the fewest pods have.
func (l *Lister) choose(ctx context.Context, r client.Reader, namespace string, ps []string) (rarest string, count int, err error) {
	if len(ps) == 1 {
		return ps[0], 0, nil
	}
	for _, p := range ps {
		n, ok := l.counted(namespace, p)
		if !ok {
			found, err := list(ctx, r, client.InNamespace(namespace), client.MatchingFields{labelIndex: p}, client.Limit(sample))
			if err != nil {
				return "", 0, err
			}
			n = len(found)
			l.remember(namespace, p, n)
		}
		if rarest == "" || n < count {
			rarest, count = p, n
		}
	}
	return rarest, count, nil
}

func (l *Lister) counted(namespace, pair string) (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.count[namespace+"/"+pair]
	return n, ok
}

func (l *Lister) remember(namespace, pair string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.count) >= remembered {
		clear(l.count)
	}
	l.count[namespace+"/"+pair] = n
}

func (l *Lister) forget(namespace string, ps []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range ps {
		delete(l.count, namespace+"/"+p)
	}
}
