package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// StoreConfig says what a Store works with. All but Problem is required.
type StoreConfig struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads from the API server.
	Live      client.Reader
	Directory *Directory
	Clock     Clock
	Home      Home
	// Claim says why a Kubernetes namespace may not claim a name without a
	// migration; nil permits everything.
	Claim func(namespace string) (denied string)
	// Problem is told of annotations that do not parse.
	Problem func(cutover.Key, error)
}

// Store is engine.Store over the API server.
type Store struct {
	StoreConfig
	mu      sync.Mutex
	written map[cutover.Key]*v1alpha1.ServiceMigration // what this process wrote last
}

// NewStore makes a Store.
func NewStore(c StoreConfig) *Store {
	if c.Problem == nil {
		c.Problem = func(cutover.Key, error) {}
	}
	return &Store{StoreConfig: c, written: map[cutover.Key]*v1alpha1.ServiceMigration{}}
}

// Gather reads everything about a name: its migrations, their Services and
// pods, and the Services that claim it by annotation.
func (s *Store) Gather(ctx context.Context, ref names.Ref) (cutover.Gathered, error) {
	g := cutover.Gathered{Targets: map[cutover.Key]names.Fact[cutover.Target]{}}
	migrations, services := s.Directory.Of(ref)
	targets := map[cutover.Key]bool{}
	for _, k := range migrations {
		m, err := s.get(ctx, k)
		if err != nil {
			return g, err
		}
		if m == nil {
			continue // deleted
		}
		em, problems := migrationOf(m, s.Home)
		for _, p := range problems {
			s.Problem(k, p)
		}
		if em.Terminating, err = s.terminating(ctx, k.Namespace); err != nil {
			return g, err
		}
		g.Migrations = append(g.Migrations, em)
		svc := cutover.Key{Namespace: k.Namespace, Name: m.Spec.Target.Service}
		targets[svc] = true
		g.Targets[k] = target(ctx, s.Client, svc, s.Clock.Now())
	}
	at := s.Clock.Now()
	g.Endpoints = names.Known[[]names.Endpoint](nil, at)
	for _, k := range services {
		if targets[k] {
			continue
		}
		var svc corev1.Service
		if err := s.Client.Get(ctx, objectKey(k), &svc); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return g, fmt.Errorf("Service %s: %w", k, err)
		}
		c := cutover.Claimant{Key: k, Open: svc.Annotations[v1alpha1.AnnotationJoin] == "true"}
		if s.Claim != nil {
			c.Denied = s.Claim(k.Namespace)
		}
		g.Claimants = append(g.Claimants, c)
		t := target(ctx, s.Client, k, s.Clock.Now())
		if !t.OK() {
			g.Endpoints = names.Unknown[[]names.Endpoint](t.Unknown, at)
			continue
		}
		g.Endpoints.V = append(g.Endpoints.V, t.V.Endpoints...)
	}
	return g, nil
}

func objectKey(k cutover.Key) client.ObjectKey {
	return client.ObjectKey{Namespace: k.Namespace, Name: k.Name}
}

// get reads a migration from the cache, or from the API server where the cache
// has not seen yet what this process wrote. nil: there is none.
func (s *Store) get(ctx context.Context, k cutover.Key) (*v1alpha1.ServiceMigration, error) {
	m := &v1alpha1.ServiceMigration{}
	err := s.Client.Get(ctx, objectKey(k), m)
	if err == nil {
		if w := s.last(k); w != nil && w.UID == m.UID && older(m.ResourceVersion, w.ResourceVersion) {
			err = s.Live.Get(ctx, objectKey(k), m)
		}
	}
	switch {
	case apierrors.IsNotFound(err):
		s.forget(k)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ServiceMigration %s: %w", k, err)
	}
	return m, nil
}

// older compares resource versions, which are comparable since Kubernetes 1.35
// says so and always were with etcd. Where they are not numbers, differing is enough.
func older(a, b string) bool {
	x, errx := strconv.ParseUint(a, 10, 64)
	y, erry := strconv.ParseUint(b, 10, 64)
	if errx != nil || erry != nil {
		return a != b
	}
	return x < y
}

func (s *Store) last(k cutover.Key) *v1alpha1.ServiceMigration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written[k]
}

func (s *Store) wrote(m *v1alpha1.ServiceMigration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written[cutover.Key{Namespace: m.Namespace, Name: m.Name}] = m
}

func (s *Store) forget(k cutover.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.written, k)
}

func (s *Store) terminating(ctx context.Context, namespace string) (bool, error) {
	var ns corev1.Namespace
	if err := s.Client.Get(ctx, client.ObjectKey{Name: namespace}, &ns); err != nil {
		return false, fmt.Errorf("namespace %s: %w", namespace, client.IgnoreNotFound(err))
	}
	return !ns.DeletionTimestamp.IsZero(), nil
}

// at reads the migration at exactly this resource version.
func (s *Store) at(ctx context.Context, m cutover.Migration) (*v1alpha1.ServiceMigration, error) {
	if w := s.last(m.Key); w != nil && w.ResourceVersion == m.ResourceVersion {
		return w.DeepCopy(), nil
	}
	o, err := s.get(ctx, m.Key)
	if err != nil {
		return nil, err
	}
	if o == nil || string(o.UID) != m.UID || o.ResourceVersion != m.ResourceVersion {
		return nil, fmt.Errorf("ServiceMigration %s: %w", m.Key, names.ErrConflict)
	}
	return o.DeepCopy(), nil
}

// SaveState writes the status, only where it differs.
func (s *Store) SaveState(ctx context.Context, m cutover.Migration, o cutover.Outcome) (string, error) {
	obj, err := s.at(ctx, m)
	if err != nil {
		return "", err
	}
	st, err := statusOf(obj.Status, obj.Generation, o)
	if err != nil {
		return "", fmt.Errorf("ServiceMigration %s: %w", m.Key, err)
	}
	if equality.Semantic.DeepEqual(st, obj.Status) {
		return m.ResourceVersion, nil
	}
	obj.Status = st
	if err := s.Client.Status().Update(ctx, obj); err != nil {
		return "", conflict(m.Key, err)
	}
	s.wrote(obj)
	return obj.ResourceVersion, nil
}

// SaveOriginal writes the annotation, and the finalizer with it: from now on the
// migration has something to put in order before it goes.
func (s *Store) SaveOriginal(ctx context.Context, m cutover.Migration, sv cutover.Saved) (string, error) {
	obj, err := s.at(ctx, m)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(sv)
	if err != nil {
		return "", fmt.Errorf("encode the original: %w", err)
	}
	if obj.Annotations == nil {
		obj.Annotations = map[string]string{}
	}
	obj.Annotations[v1alpha1.AnnotationOriginal] = string(b)
	if obj.DeletionTimestamp.IsZero() {
		controllerutil.AddFinalizer(obj, v1alpha1.Finalizer)
	}
	if err := s.Client.Update(ctx, obj); err != nil {
		return "", conflict(m.Key, err)
	}
	s.wrote(obj)
	return obj.ResourceVersion, nil
}

// Release takes the finalizer away. A finished migration leaves its name to its
// Service, so that somebody keeps it true.
func (s *Store) Release(ctx context.Context, m cutover.Migration) error {
	obj, err := s.at(ctx, m)
	if err != nil {
		return err
	}
	if m.State.Phase == cutover.Migrated && !m.Terminating && obj.Status.DNSName != "" {
		if err := s.leaveName(ctx, cutover.Key{Namespace: m.Namespace, Name: obj.Spec.Target.Service}, obj.Status.DNSName); err != nil {
			return err
		}
	}
	if controllerutil.RemoveFinalizer(obj, v1alpha1.Finalizer) {
		if err := s.Client.Update(ctx, obj); err != nil {
			return client.IgnoreNotFound(conflict(m.Key, err))
		}
	}
	s.forget(m.Key)
	return nil
}

// leaveName annotates a Service with the name that it now keeps.
func (s *Store) leaveName(ctx context.Context, k cutover.Key, host string) error {
	var svc corev1.Service
	if err := s.Client.Get(ctx, objectKey(k), &svc); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("Service %s: %w", k, err)
	}
	if svc.Annotations[v1alpha1.AnnotationHostname] != "" || svc.Annotations[v1alpha1.AnnotationExternalDNSHostname] != "" {
		return nil
	}
	obj := svc.DeepCopy()
	if obj.Annotations == nil {
		obj.Annotations = map[string]string{}
	}
	obj.Annotations[v1alpha1.AnnotationHostname] = host
	if err := s.Client.Patch(ctx, obj, client.MergeFromWithOptions(&svc, client.MergeFromWithOptimisticLock{})); err != nil {
		return conflict(k, err)
	}
	return nil
}

// Unresolved tells a migration why its name was not found. It keeps everything
// else of its status.
func (s *Store) Unresolved(ctx context.Context, k cutover.Key, w cutover.Wait) error {
	obj, err := s.get(ctx, k)
	if err != nil || obj == nil {
		return err
	}
	obj = obj.DeepCopy()
	em, _ := migrationOf(obj, s.Home)
	d := cutover.Decision{State: em.State, Wait: w}
	if d.State.Phase == "" {
		d.State.Phase = cutover.Preflight
	}
	st, err := statusOf(obj.Status, obj.Generation, cutover.Outcome{Decision: d})
	if err != nil {
		return err
	}
	st.Crossing = obj.Status.Crossing
	if equality.Semantic.DeepEqual(st, obj.Status) {
		return nil
	}
	obj.Status = st
	if err := s.Client.Status().Update(ctx, obj); err != nil {
		return conflict(k, err)
	}
	s.wrote(obj)
	return nil
}

// Held says on each Service why nothing of it is in the name.
func (s *Store) Held(ctx context.Context, _ names.Ref, claimants []cutover.Claimant, why string) error {
	for _, c := range claimants {
		var svc corev1.Service
		if err := s.Client.Get(ctx, objectKey(c.Key), &svc); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return fmt.Errorf("Service %s: %w", c.Key, err)
		}
		cond := metav1.Condition{
			Type: v1alpha1.ConditionNameHeld, Status: metav1.ConditionFalse, Reason: "NotHeld",
			LastTransitionTime: metav1.NewTime(s.Clock.Now()), ObservedGeneration: svc.Generation,
		}
		if why != "" {
			cond.Status, cond.Reason, cond.Message = metav1.ConditionTrue, "HeldByOthers", clip(why, 1024)
		}
		k := slices.IndexFunc(svc.Status.Conditions, func(x metav1.Condition) bool { return x.Type == cond.Type })
		if k < 0 && why == "" {
			continue
		}
		obj := svc.DeepCopy()
		if k >= 0 {
			if old := svc.Status.Conditions[k]; old.Status == cond.Status && old.Message == cond.Message {
				continue
			}
			obj.Status.Conditions[k] = cond
		} else {
			obj.Status.Conditions = append(obj.Status.Conditions, cond)
		}
		if err := s.Client.Status().Patch(ctx, obj, client.MergeFromWithOptions(&svc, client.MergeFromWithOptimisticLock{})); err != nil {
			return conflict(c.Key, err)
		}
	}
	return nil
}

// conflict turns the API server's conflict into the core's.
func conflict(k cutover.Key, err error) error {
	if apierrors.IsConflict(err) {
		return fmt.Errorf("%s: %w: %w", k, names.ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", k, err)
}
