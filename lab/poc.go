package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab/cloud"
)

// pocInterval is how often ExternalDNS looks (its default is 1 m), scaled as the
// timing is.
func (l *Lab) pocInterval() time.Duration {
	scale := l.timing.OperationMax.Seconds() / cloud.AWS().OperationMax.Seconds()
	return time.Duration(scale * float64(time.Minute))
}

// poc does what is done without tranship: Cloud Map is switched off for the ECS
// service, everybody waits until its tasks are out and stopped, and on the next
// interval the pods are registered, because ExternalDNS refuses a name that
// others have. It is here so that the counting can be seen to count.
func (d *demo) poc(ctx context.Context) error {
	l := d.lab
	for n := range l.Options.Services {
		if err := l.detach(ctx, ServiceName(n+1)); err != nil {
			return err
		}
	}
	if err := l.await(ctx, func() error {
		for n := range l.Options.Services {
			if in := l.instances(ServiceName(n + 1)); len(in) > 0 {
				return fmt.Errorf("%d instances of %s are still registered", len(in), ServiceName(n+1))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := Pause(ctx, l.pocInterval()); err != nil {
		return err
	}
	for n := range l.Options.Services {
		if err := l.registerPods(ctx, ServiceName(n+1)); err != nil {
			return err
		}
	}
	return l.await(ctx, func() error {
		if n := l.pocMigrated(); n < l.Options.Services {
			return fmt.Errorf("%d of %d names lead to pods", n, l.Options.Services)
		}
		return nil
	})
}

// detach takes the registry away from an ECS service and lets nothing of it run.
func (l *Lab) detach(ctx context.Context, name string) (err error) {
	cluster, zero := ECSCluster, int32(0)
	l.live.do(func(c *cloud.Cloud) {
		_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: &cluster, Service: &name, DesiredCount: &zero, ServiceRegistries: []ecstypes.ServiceRegistry{},
		})
	})
	if err != nil {
		return fmt.Errorf("switch Cloud Map off for %s: %w", name, err)
	}
	return nil
}

// scaleOut wants one task more of an ECS service than run.
func (l *Lab) scaleOut(ctx context.Context, name string) (err error) {
	cluster := ECSCluster
	l.live.do(func(c *cloud.Cloud) {
		var out *ecs.DescribeServicesOutput
		if out, err = c.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}}); err != nil {
			return
		}
		for _, s := range out.Services {
			n := s.RunningCount + 1
			_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &name, DesiredCount: &n})
		}
	})
	if err != nil {
		return fmt.Errorf("scale ECS service %s out: %w", name, err)
	}
	return nil
}

func (l *Lab) instances(name string) (in []cloud.InstanceState) {
	l.live.do(func(c *cloud.Cloud) {
		if id, ok := c.ServiceID(name + "." + l.Options.Namespace); ok {
			in = c.Instances(id)
		}
	})
	return in
}

// registerPods writes the pods' addresses as ExternalDNS would, by address.
func (l *Lab) registerPods(ctx context.Context, name string) error {
	pods, err := l.kube.CoreV1().Pods(KubeNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + name})
	if err != nil {
		return fmt.Errorf("pods of %s: %w", name, err)
	}
	var errs []error
	l.live.do(func(c *cloud.Cloud) {
		id, _ := c.ServiceID(name + "." + l.Options.Namespace)
		for _, p := range pods.Items {
			if p.Status.Phase != corev1.PodRunning {
				continue
			}
			ip := p.Status.PodIP
			_, err := c.CloudMap().RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{
				ServiceId: &id, InstanceId: &ip, CreatorRequestId: &p.Name,
				Attributes: map[string]string{"AWS_INSTANCE_IPV4": ip},
			})
			errs = append(errs, err)
		}
	})
	return errors.Join(errs...)
}

// pocMigrated counts the names that lead to pods alone.
func (l *Lab) pocMigrated() int {
	n := 0
	for k := range l.Options.Services {
		in := l.instances(ServiceName(k + 1))
		pods := 0
		for _, i := range in {
			if i.Attributes["ECS_SERVICE_NAME"] == "" {
				pods++
			}
		}
		if pods == len(in) && pods >= l.Options.Pods {
			n++
		}
	}
	return n
}
