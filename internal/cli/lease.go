package cli

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// warnIfAlone says so when no controller holds the lease: then nothing moves.
// Who may not read leases is not told anything, since nothing is known.
func (c *Cluster) warnIfAlone(ctx context.Context, env Env) {
	var l coordinationv1.Lease
	err := c.Client.Get(ctx, client.ObjectKey{Namespace: leaseNamespace, Name: leaseName}, &l)
	switch {
	case apierrors.IsNotFound(err), err == nil && !held(&l, env.Now()):
		fmt.Fprintf(env.Err, "No controller holds the lease %s/%s: nothing moves until `tranship controller` runs.\n", leaseNamespace, leaseName)
	}
}

// held says that the holder has renewed the lease in time.
func held(l *coordinationv1.Lease, now time.Time) bool {
	s := l.Spec
	if s.HolderIdentity == nil || *s.HolderIdentity == "" || s.RenewTime == nil || s.LeaseDurationSeconds == nil {
		return false
	}
	return now.Before(s.RenewTime.Add(time.Duration(*s.LeaseDurationSeconds) * time.Second))
}
