package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/tranship/tranship/lab/nested"
)

// DefaultServiceClusterIPRange is one of the two ranges that EKS itself gives to Services; the other, 10.100.0.0/16, could meet
// the lab's VPC. https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
const DefaultServiceClusterIPRange = "172.20.0.0/16"

// startLimit ends a start that does not succeed; one takes some three seconds.
const startLimit = 90 * time.Second

// stopLimit is how long one component may take to stop before it is killed.
const stopLimit = 15 * time.Second

// Options say what a cluster consists of. The zero value is etcd and the API server.
type Options struct {
	// Dir is the folder below which the cluster makes a folder of its own; the system's temporary folder if empty.
	Dir string
	// Assets is the folder with the binaries, as Build returns it. If empty, Start calls Build.
	Assets string
	// Log receives what Start has to say while it builds; standard error if nil.
	Log io.Writer
	// ControllerManager runs Deployments, EndpointSlices, garbage collection and the deletion of namespaces.
	ControllerManager bool
	// Controllers are more controllers than those, by the names that kube-controller-manager --controllers knows.
	Controllers []string
	// Scheduler binds pods to nodes. Without it, pods run whose template names their node.
	Scheduler bool
	// ServiceClusterIPRange is where Services get their addresses from; DefaultServiceClusterIPRange if empty.
	ServiceClusterIPRange string
}

// Cluster is a running control plane. Its methods may be called from any goroutine.
type Cluster struct {
	// Dir is the cluster's own folder, with the log of each component in <component>.log. Stop removes it.
	Dir string
	// Kubeconfig is the path of a kubeconfig below Dir for an administrator (group system:masters).
	Kubeconfig string
	// RESTConfig is the same as a client's configuration, not throttled: QPS is -1. Copy it before changing it.
	RESTConfig *rest.Config

	server    string
	authority *authority
	keeper    *keeper
	owner     *owner

	stopOnce sync.Once
	stopErr  error
}

// Start brings up a cluster and returns when its API server is ready and has the namespace default, after some three seconds.
// ctx bounds the start only; the cluster runs until Stop, or until this process dies. What dead clusters have left below the
// same folder is swept first.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Log == nil {
		o.Log = os.Stderr
	}
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	if o.ServiceClusterIPRange == "" {
		o.ServiceClusterIPRange = DefaultServiceClusterIPRange
	}
	if err := Sweep(o.Dir); err != nil {
		fmt.Fprintf(o.Log, "control plane: %v\n", err) // a nuisance, but nothing that this cluster depends on
	}
	if o.Assets == "" {
		var err error
		if o.Assets, err = Build(ctx, o.Log); err != nil {
			return nil, err
		}
	}
	needed := []string{etcd, apiServer}
	if o.ControllerManager {
		needed = append(needed, controllerManager)
	}
	if o.Scheduler {
		needed = append(needed, scheduler)
	}
	if err := nested.Check(o.Assets, needed...); err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeoutCause(ctx, startLimit,
		fmt.Errorf("the control plane was not ready after %s", startLimit))
	defer cancel()
	for try := 1; ; try++ {
		c, err := start(ctx, o)
		// A port that was free when it was chosen may be taken when the server wants it.
		if errors.Is(err, errPortTaken) && try < 3 {
			continue
		}
		return c, err
	}
}

// start is one try of Start. It leaves nothing behind if it fails.
func start(ctx context.Context, o Options) (*Cluster, error) {
	dir, holder, err := own(o.Dir, folderPattern)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Dir: dir, keeper: newKeeper(dir), owner: holder}
	err = c.bringUp(ctx, o)
	if err == nil {
		return c, nil
	}
	if lost := c.Err(); lost != nil {
		err = errors.Join(err, lost)
	}
	now, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	cancel(errors.New("the start has failed")) // kill at once: there is nothing to lose
	_ = c.Stop(now)                            // says what is known: that it had to kill, and what was lost
	return nil, err
}

// bringUp starts the components, each when the one before can serve it.
func (c *Cluster) bringUp(ctx context.Context, o Options) error {
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	place := layout{
		dir: c.Dir, etcdPort: ports[0], apiPort: ports[1],
		serviceRange: o.ServiceClusterIPRange, extraControllers: o.Controllers,
	}
	c.server = place.apiURL()
	if err := c.furnish(place); err != nil {
		return fmt.Errorf("preparing the cluster's folder: %w", err)
	}
	if err := c.run(ctx, o.Assets, etcd, place.etcdFlags()); err != nil {
		return err
	}
	if err := c.awaitEtcd(ctx, place); err != nil {
		return err
	}
	if err := c.run(ctx, o.Assets, apiServer, place.apiServerFlags()); err != nil {
		return err
	}
	if err := c.awaitAPIServer(ctx); err != nil {
		return err
	}
	if o.ControllerManager {
		if err := c.run(ctx, o.Assets, controllerManager, place.controllerManagerFlags()); err != nil {
			return err
		}
	}
	if o.Scheduler {
		return c.run(ctx, o.Assets, scheduler, place.schedulerFlags())
	}
	return nil
}

// run starts a component and notes its process, so that a sweep could end it.
func (c *Cluster) run(ctx context.Context, assets, name string, flags []string) error {
	child, err := c.keeper.start(ctx, name, filepath.Join(assets, name), flags)
	if err != nil {
		return err
	}
	return c.owner.add(process{Name: name, PID: child.cmd.Process.Pid, Started: child.began})
}

// Lost is closed when a component dies that nobody has stopped; Err says which.
func (c *Cluster) Lost() <-chan struct{} { return c.keeper.lost }

// Err returns an error with the end of the component's log if one has died that nobody has stopped, and nil otherwise.
func (c *Cluster) Err() error { return c.keeper.lossError() }

// Stop ends the cluster: scheduler, controller manager, API server, etcd, each after the one before has ended, because the API
// server hangs when etcd goes first. A component that takes too long, or longer than ctx, is killed, which the error says. In any
// case no process and no folder is left. Calls after the first return the same.
func (c *Cluster) Stop(ctx context.Context) error {
	c.stopOnce.Do(func() {
		all := []error{c.Err()}
		ctx, giveUp := context.WithCancelCause(ctx)
		defer giveUp(nil)
		if c.Err() != nil {
			// What is left of a broken control plane does not stop by itself, and has nothing worth keeping.
			giveUp(errors.New("another component had died"))
		}
		for _, name := range []string{scheduler, controllerManager, apiServer, etcd} {
			all = append(all, c.stopOne(ctx, name))
		}
		c.keeper.close()
		if err := os.RemoveAll(c.Dir); err != nil {
			all = append(all, fmt.Errorf("removing the cluster's folder: %w", err))
		}
		all = append(all, c.owner.release())
		c.stopErr = errors.Join(all...)
	})
	return c.stopErr
}

func (c *Cluster) stopOne(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	return c.keeper.stop(ctx, name)
}
