package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/tranship/tranship/internal/aws"
)

// explain says of the errors that people meet with a cluster what to do about
// them. Others, and those of our own, are returned as they are.
func explain(err error) error {
	if e, ok := errors.AsType[*ExitError](err); ok && e.Err != nil {
		return err
	}
	if _, ok := errors.AsType[*aws.Error](err); ok {
		return err // says itself what to do
	}
	call, isCall := errors.AsType[*url.Error](err)
	switch {
	case meta.IsNoMatchError(err):
		return errors.New("this cluster does not know ServiceMigrations: run `tranship controller --install-crds` against it once")
	case apierrors.IsUnauthorized(err):
		return errors.New("the Kubernetes API server does not accept the credentials of the kubeconfig: renew them, or choose another --context")
	case apierrors.IsForbidden(err):
		return fmt.Errorf("Kubernetes does not allow it: %w: ask for a role that does", err)
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return fmt.Errorf("Kubernetes refused it: %w", err)
	case isCall:
		return fmt.Errorf("the Kubernetes API server at %s cannot be reached: %w: check that it runs, KUBECONFIG and --context", host(call), call.Err)
	}
	return err
}

func host(e *url.Error) string {
	if u, err := url.Parse(e.URL); err == nil {
		return u.Host
	}
	return e.URL
}

// passing says of an error that the next try may end better.
func passing(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
}

// unusable says what to do about a kubeconfig that leads nowhere.
func unusable(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return errors.New("no kubeconfig was found: set KUBECONFIG, or pass --kubeconfig")
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p
	}
	return fmt.Errorf("the kubeconfig cannot be used: %w: check KUBECONFIG, --kubeconfig and --context", err)
}
