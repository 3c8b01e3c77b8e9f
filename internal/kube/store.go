package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/pods"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// StoreConfig says what a Store works with. All but Tell and Pods is required.
type StoreConfig struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads from the API server.
	Live      client.Reader
	Directory *Directory
	Clock     Clock
	Home      Home
	// Event tells the people of an object something; nil tells nobody.
	Event func(obj client.Object, e cutover.Event)
	// Source reads what objects ask for.
	Source *source.Source
	// Gates opens readiness gates; nil opens none.
	Gates *gate.Opener
	// Kinds makes an empty object of each kind but Service that may ask for names.
	Kinds map[string]func() client.Object
	// Pods finds the pods of Services by an index of Client's cache; nil looks
	// through the whole namespace.
	Pods *pods.Lister
}

// Store is engine.Store over the API server.
type Store struct {
	StoreConfig
	mu       sync.Mutex
	written  map[cutover.Key]*v1alpha1.ServiceMigration // what this process wrote last
	problems map[cutover.Key]string                     // what was told of an object's annotations
	told     told
}

// NewStore makes a Store.
func NewStore(c StoreConfig) *Store {
	if c.Event == nil {
		c.Event = func(client.Object, cutover.Event) {}
	}
	return &Store{
		StoreConfig: c,
		written:     map[cutover.Key]*v1alpha1.ServiceMigration{},
		problems:    map[cutover.Key]string{},
		told:        newTold(),
	}
}

// complain makes an event of what does not parse, once per text.
func (s *Store) complain(k cutover.Key, m *v1alpha1.ServiceMigration, problems []error) {
	texts := make([]string, 0, len(problems))
	for _, p := range problems {
		texts = append(texts, p.Error())
	}
	text := strings.Join(texts, "; ")
	s.mu.Lock()
	was := s.problems[k]
	if text == "" {
		delete(s.problems, k)
	} else {
		s.problems[k] = text
	}
	s.mu.Unlock()
	if text != "" && text != was {
		s.Event(m, cutover.Event{Warning: true, Reason: "NotReadable", Message: clip(text, 1000)})
	}
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

// older compares resource versions, which are numbers that grow. Where they are not numbers, differing is enough.
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
	delete(s.problems, k)
}

// terminating asks the API server: it matters for migrations that are being
// deleted alone, which is not worth a watch on all namespaces.
func (s *Store) terminating(ctx context.Context, namespace string) (bool, error) {
	var ns corev1.Namespace
	switch err := s.Live.Get(ctx, client.ObjectKey{Name: namespace}, &ns); {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("namespace %s: %w", namespace, err)
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
	// The spec that was acted on is the one that was read with this version.
	st, err := statusOf(obj.Status, obj.Generation, obj.Spec.Goal, o, s.Clock.Now())
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
	before := obj.DeepCopy()
	if obj.Annotations == nil {
		obj.Annotations = map[string]string{}
	}
	obj.Annotations[v1alpha1.AnnotationOriginal] = string(b)
	if obj.DeletionTimestamp.IsZero() {
		controllerutil.AddFinalizer(obj, v1alpha1.Finalizer)
	}
	if err := s.Client.Patch(ctx, obj, locked(before)); err != nil {
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
	before := obj.DeepCopy()
	if controllerutil.RemoveFinalizer(obj, v1alpha1.Finalizer) {
		if err := s.Client.Patch(ctx, obj, locked(before)); err != nil && !apierrors.IsNotFound(err) {
			return conflict(m.Key, err)
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
	obj := svc.DeepCopy()
	if changed, err := s.claim(ctx, obj, host); err != nil || !changed {
		return err
	}
	if has, err := s.claims(ctx, obj, host); err == nil && !has {
		s.Event(&svc, cutover.Event{Warning: true, Reason: "NameNotKept", Message: "the name " + host + " was moved here, and the filters of the controller or the annotations of this Service keep it from asking for it: nobody keeps the name true from now on"})
	}
	if err := s.Client.Patch(ctx, obj, locked(&svc)); err != nil {
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
	st, err := statusOf(obj.Status, obj.Generation, obj.Spec.Goal, cutover.Outcome{Decision: d}, s.Clock.Now())
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

// locked is a patch that only goes in if nobody else has changed the object.
func locked(before client.Object) client.Patch {
	return client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
}

// conflict turns the API server's conflict into the core's.
func conflict(k cutover.Key, err error) error {
	if apierrors.IsConflict(err) {
		return fmt.Errorf("%s: %w: %w", k, names.ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", k, err)
}
