package lab

import (
	"cmp"
	"context"
	"fmt"
	"time"

	aastypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/node/standin"
)

// startFleet makes the ECS side as if it had run for long, and waits until
// every task serves.
func (l *Lab) startFleet(ctx context.Context) error {
	o := l.Options
	dir, err := l.sockets()
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	host, err := node.NewTaskHost(run, node.TaskConfig{
		Fabric: l.fabric, Exited: l.live.exited, Temper: standin.Temper(o.Temper),
		Launch: l.launch(), SocketDir: dir, OnEvent: l.record.event,
	})
	if err != nil {
		cancel()
		return err
	}
	l.onDown(func(context.Context) error { cancel(); host.Wait(); return nil })

	f := cloud.Fleet{Namespace: o.Namespace, Cluster: ECSCluster}
	for n := range o.Services {
		s := o.shape(n + 1)
		scaling := o
		scaling.Autoscaling = cmp.Or(s.Autoscaling, o.Autoscaling)
		least, most, err := scaling.capacity()
		if err != nil {
			return err
		}
		has, err := l.beside(ServiceName(n+1), s)
		if err != nil {
			return err
		}
		f.Services = append(f.Services, cloud.FleetService{
			TaskRole: has.role, TargetGroup: has.group,
			NameAlone: o.NamesAlone,
			Name:      ServiceName(n + 1), Tasks: o.Tasks, TTL: o.TTL, ContainerPort: Port, CustomHealth: o.CustomHealth,
			Tags: map[string]string{"team": "lab"}, ContainerHealth: o.ContainerHealth,
			CircuitBreaker: o.CircuitBreaker, ZoneRebalancing: o.ZoneRebalancing,
			MinCapacity: least, MaxCapacity: most, CPUTarget: CPUTarget,
			Nameless: s.Nameless, Define: s.Define, Create: s.Create,
		})
	}
	if o.Sees {
		l.live.sees = l.taskSees
	}
	l.live.do(func(c *cloud.Cloud) {
		l.live.host = host
		if err = c.SeedFleet(f); err != nil || o.Utilisation == 0 {
			return
		}
		for _, s := range f.Services {
			c.SetUtilisation(ECSCluster, s.Name, string(aastypes.MetricTypeECSServiceAverageCPUUtilization), o.Utilisation)
		}
	})
	if err != nil {
		return err
	}
	if o.NamesAlone {
		return nil
	}
	return l.await(ctx, func() error {
		for _, s := range o.Named() {
			if l.record.servingNow(s, "ecs") < o.Tasks {
				return fmt.Errorf("%d of %d tasks of %s serve", l.record.servingNow(s, "ecs"), o.Tasks, s)
			}
		}
		return nil
	})
}

// startPods applies a Deployment and a headless Service for each ECS service
// and waits until the pods are ready.
func (l *Lab) startPods(ctx context.Context) error {
	if l.Options.EKS != "ready" {
		return nil
	}
	for n := range l.Options.Services {
		dep, svc := l.manifests(ServiceName(n + 1))
		if _, err := l.kube.AppsV1().Deployments(KubeNamespace).Create(ctx, dep, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("Deployment %s: %w", dep.Name, err)
		}
		if _, err := l.kube.CoreV1().Services(KubeNamespace).Create(ctx, svc, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("Service %s: %w", svc.Name, err)
		}
	}
	return l.await(ctx, func() error {
		for n := range l.Options.Services {
			if s := ServiceName(n + 1); l.record.servingNow(s, "eks") < l.Options.Pods {
				return fmt.Errorf("%d of %d pods of %s serve", l.record.servingNow(s, "eks"), l.Options.Pods, s)
			}
		}
		return nil
	})
}

// manifests are what a team would write for its service.
func (l *Lab) manifests(name string) (*appsv1.Deployment, *corev1.Service) {
	labels := map[string]string{"app": name}
	replicas := int32(l.Options.Pods)
	// Until nobody may hold the pod's address; then it has a minute to finish.
	sleep := int64((l.Options.TTL + l.timing.PropagationMax + l.timing.OperationMax) / time.Second)
	grace := sleep + 60
	meta := metav1.ObjectMeta{Name: name, Namespace: KubeNamespace, Labels: labels}
	dep := &appsv1.Deployment{
		ObjectMeta: meta,
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers: []corev1.Container{{
						Name: "app", Image: "tranship.dev/stand-in",
						Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: Port}},
						Lifecycle: &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{
							Sleep: &corev1.SleepAction{Seconds: sleep},
						}},
					}},
				},
			},
		},
	}
	svc := &corev1.Service{
		ObjectMeta: meta,
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: labels,
			Ports: []corev1.ServicePort{{Name: "http", Port: Port, TargetPort: intstr.FromString("http")}},
		},
	}
	return dep, svc
}

// await looks until ok returns nil; its last error says what was missing.
func (l *Lab) await(ctx context.Context, ok func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ok()
		if err == nil {
			return l.Err()
		}
		if lerr := l.Err(); lerr != nil {
			return lerr
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		case <-tick.C:
		}
	}
}
