package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tranship/tranship/api/v1alpha1"
)

func TestStatus(t *testing.T) {
	elsewhere := migration("mail")
	elsewhere.Namespace = "post"
	b := newBench(t, migration("orders", stands("Hold", "CachesRunOut", "a while")), migration("carts"), elsewhere)
	b.want(b.run("status"), CodeFine, "orders", "carts", "No controller holds the lease")
	if strings.Contains(b.out.String(), "mail") {
		t.Errorf("another namespace shows:\n%s", b.out.String())
	}
	b.want(b.run("status", "-A", "-o", "wide"), CodeFine, "mail", "post")
	b.want(b.run("status", "-n", "void"), CodeFine, "There is no ServiceMigration in Kubernetes namespace void.")
	b.want(b.run("status", "gone", "orders"), CodeFailed, "tranship: no ServiceMigration for gone in Kubernetes namespace shop")
	b.want(b.run("status", "-o", "yaml"), CodeFine, "apiVersion: tranship.dev/status/v1")

	b.want(b.run("status", "orders", "-o", "json"), CodeFine)
	var got struct {
		Items []struct{ Name, Phase, Reason string }
	}
	if err := json.Unmarshal(b.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 1 || got.Items[0].Name != "orders" || got.Items[0].Phase != "Hold" || got.Items[0].Reason != "CachesRunOut" {
		t.Errorf("%+v", got)
	}
}

// Not on a terminal a watch adds what changed, and nothing else.
func TestStatusWatch(t *testing.T) {
	for output, want := range map[string]int{"table": 4, "json": 3, "yaml": 3} {
		t.Run(output, func(t *testing.T) {
			b := newBench(t, migration("orders"), migration("carts"))
			ctx, cancel := context.WithCancel(t.Context())
			b.ctx = ctx
			b.then = []func(){
				b.sets("orders", stands("Stage", "", "waits")),
				b.sets("orders", stands("Stage", "", "waits")),
				b.sets("orders", stands("Migrated", "Done", "there")),
				func() {
					// The last change is the end: it is delivered in order.
					if err := b.client.Delete(t.Context(), b.get("carts")); err != nil {
						t.Error(err)
					}
				},
			}
			seen := &cancelling{b: b, cancel: cancel, when: "Migrated"}
			code := Execute(ctx, Env{
				Streams: Streams{Out: seen, Err: &b.err}, Now: func() time.Time { return start },
				Connect: func(Access) (*Cluster, error) { return &Cluster{Client: b.client, Namespace: "shop"}, nil },
			}, []string{"tranship", "status", "-w", "-o", output})
			b.want(code, CodeInterrupted)
			unit := "\n"
			if output == "yaml" {
				unit = "---\n"
			}
			if n := strings.Count(b.out.String(), unit); n != want {
				t.Errorf("%d pieces, want %d:\n%s", n, want, b.out.String())
			}
			if strings.Contains(b.err.String(), "tranship: ") {
				t.Errorf("an interrupted watch is no error: %s", b.err.String())
			}
		})
	}
}

// On a terminal the whole table is drawn anew, also when only time goes by.
func TestStatusWatchOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, heldLease(), migration("orders", stands("Hold", "CachesRunOut", "a while")))
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, context.Canceled)
		defer cancel()
		code := Execute(ctx, Env{
			Streams: Streams{Out: &b.out, Err: &b.err, OutTTY: true, Width: 100}, Now: func() time.Time { return start },
			Connect: func(Access) (*Cluster, error) { return &Cluster{Client: b.client, Namespace: "shop"}, nil },
		}, []string{"tranship", "status", "-w"})
		b.want(code, CodeInterrupted, "1 service: 1 Hold\n\nNAME ", "EKS %: share of")
		if n := strings.Count(b.out.String(), "\x1b[H\x1b[2J"); n != 3 {
			t.Errorf("drawn %d times in 2.5 s, want 3:\n%s", n, b.out.String())
		}
	})
}

// cancelling ends the watch once it has shown what was waited for.
type cancelling struct {
	b      *bench
	cancel func()
	when   string
}

func (c *cancelling) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.when) {
		c.cancel()
	}
	return c.b.out.Write(p)
}

// An API server that goes away for a while is waited for, and it is said once.
func TestWatchOutlivesTheAPIServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, migration("orders"))
		b.then = []func(){func() {
			b.broken = &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/x", Err: errors.New("connection refused")}
			time.AfterFunc(5*time.Second, func() { b.broken = nil })
			b.watching.Stop()
		}}
		seen, told, began := 0, 0, time.Now()
		f := follower{
			client: b.client, namespace: "shop", trouble: func(error) { told++ },
			see: func(ms []v1alpha1.ServiceMigration) (bool, error) { seen++; return seen == 2, nil },
		}
		if err := f.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told != 1 || time.Since(began) < 5*time.Second {
			t.Errorf("told %d times, over after %s", told, time.Since(began))
		}
	})
}

func TestWhatPeopleMeet(t *testing.T) {
	gr := schema.GroupResource{Group: "tranship.dev", Resource: "servicemigrations"}
	for _, c := range []struct {
		name string
		err  error
		say  string
	}{
		{"no definition", &meta.NoKindMatchError{GroupKind: schema.GroupKind{Group: "tranship.dev", Kind: "ServiceMigration"}},
			"run `tranship controller --install-crds`"},
		{"unreachable", &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/apis", Err: errors.New("connection refused")},
			"the Kubernetes API server at 10.0.0.1:6443 cannot be reached"},
		{"unauthorized", apierrors.NewUnauthorized("no"), "renew them"},
		{"forbidden", apierrors.NewForbidden(gr, "", errors.New("no rule")), "Kubernetes does not allow it"},
	} {
		for _, args := range [][]string{{"status"}, {"status", "-w"}, {"migrate", "orders", "--ecs-cluster", "prod", "--yes"}, {"rollback", "orders", "--yes"}} {
			t.Run(c.name+" "+args[0], func(t *testing.T) {
				b := newBench(t)
				b.broken = c.err
				b.want(b.run(args...), CodeFailed, "tranship: ", c.say)
				last := b.err.String()[strings.LastIndex(b.err.String(), "tranship: "):]
				if strings.Count(last, "\n") != 1 {
					t.Errorf("not one line: %s", last)
				}
			})
		}
	}
}
