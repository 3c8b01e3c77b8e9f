package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/rival"
	"github.com/tranship/tranship/internal/kube/source"
)

// handover is the verb that gives a name to ExternalDNS, or takes it over.
type handover struct {
	env Env
	Access
	Waiting
	To, From, Owner, Object string
	Yes, DryRun             bool
}

// externalDNSName is the one other registrar that names go to and come from.
const externalDNSName = "external-dns"

func newHandover(env Env) *cobra.Command {
	return verb("handover NAME --to external-dns --owner ID | --from external-dns [flags]", "give a name to ExternalDNS, or take it over",
		`handover annotates the object that asks for NAME, such as orders.shop.internal; the controller then gives the
name to ExternalDNS exactly as that would have written it, or takes over what it wrote. The name is never empty
meanwhile. Every name that the object asks for goes along. To turn it round, hand it over in the other direction.

Let ExternalDNS serve the name before --to. Before --from, stop it, or let its --exclude-domains leave the name out;
not its annotation filter, nor another annotation: of a name that nobody seems to ask for it takes everything out.`,
		`  tranship handover orders.shop.internal --to external-dns --owner my-cluster --wait
  tranship handover orders.shop.internal --from external-dns --owner my-cluster -n shop --yes`,
		&handover{env: env})
}

// AddFlags implements options.
func (o *handover) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&o.To, "to", "", "external-dns: it keeps the name from now on")
	f.StringVar(&o.From, "from", "", "external-dns: tranship keeps the name from now on")
	f.StringVar(&o.Owner, "owner", "", "`id` that ExternalDNS knows itself by, its --txt-owner-id (needed with --to)")
	f.StringVarP(&o.Namespace, "namespace", "n", "", "Kubernetes `namespace` of the object (default: all are searched)")
	f.StringVar(&o.Object, "object", "", "`KIND/NAME` of the object, where several ask for the name, such as service/orders")
	f.BoolVar(&o.Yes, "yes", false, "do not ask")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and do nothing")
	o.Waiting.AddFlags(f, "the name is handed over")
	o.Access.AddFlags(f)
}

// Validate implements options.
func (o *handover) Validate(args []string) error {
	if len(args) != 1 {
		return errors.New("which name? give exactly one, such as orders.shop.internal")
	}
	if errs := validation.IsDNS1123Subdomain(hostOf(args[0])); errs != nil || !strings.Contains(hostOf(args[0]), ".") {
		return fmt.Errorf("%q is no DNS name such as orders.shop.internal", args[0])
	}
	switch {
	case (o.To == "") == (o.From == ""):
		return errors.New("in which direction? say --to external-dns or --from external-dns")
	case cmp.Or(o.To, o.From) != externalDNSName:
		return fmt.Errorf("%s is no registrar that names are handed over with: it is external-dns", cmp.Or(o.To, o.From))
	case o.To != "" && o.Owner == "":
		return errors.New("whose name will it be? say the --txt-owner-id of ExternalDNS with --owner")
	case strings.ContainsAny(o.Owner, ",= \t\n\""):
		return fmt.Errorf("--owner %q: an id has no comma, space, quote or equals sign", o.Owner)
	}
	return o.Waiting.Validate()
}

func hostOf(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// wish is the annotation's value.
func (o *handover) wish() string {
	w := "from=" + externalDNSName
	if o.To != "" {
		w = "to=" + externalDNSName
	}
	if o.Owner != "" {
		w += ",owner=" + o.Owner
	}
	return w
}

// Run implements options.
func (o *handover) Run(ctx context.Context, args []string) error {
	c, err := o.env.Connect(o.Access)
	if err != nil {
		return err
	}
	host := hostOf(args[0])
	a, err := o.find(ctx, c, host)
	if err != nil {
		return err
	}
	if err := o.possible(ctx, c, a, host); err != nil {
		return err
	}
	said := o.announce(a, host)
	o.warnOfRivals(ctx, c, a, host)
	if o.DryRun {
		return nil
	}
	if err := o.env.confirm(ctx, o.Yes || said); err != nil {
		return err
	}
	w, err := newHandoverWait(ctx, c, o, a)
	if err != nil {
		return err
	}
	if !said {
		if err := o.annotate(ctx, c, a.object); err != nil {
			return fmt.Errorf("annotate %s: %w", a, err)
		}
	}
	fmt.Fprintf(o.env.Out, "%s %s asked for\n", a, o.wish())
	c.warnIfAlone(ctx, o.env)
	if !o.Wait {
		return nil
	}
	return w.await(ctx)
}

// annotate writes the wish, unless somebody else has changed the object meanwhile.
func (o *handover) annotate(ctx context.Context, c *Cluster, obj client.Object) error {
	before, ok := obj.DeepCopyObject().(client.Object)
	if !ok {
		return fmt.Errorf("%T cannot be copied", obj)
	}
	as := obj.GetAnnotations()
	if as == nil {
		as = map[string]string{}
	}
	as[v1alpha1.AnnotationHandover] = o.wish()
	obj.SetAnnotations(as)
	err := c.Client.Patch(ctx, obj, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}), client.FieldOwner("tranship"))
	if apierrors.IsConflict(err) {
		return errors.New("somebody else changed it just now: look at it, then hand over again")
	}
	return err
}

// possible refuses a hand-over that would not come to its end, or would end badly.
func (o *handover) possible(ctx context.Context, c *Cluster, a *asker, host string) error {
	if a.kind == source.KindService {
		var list v1alpha1.ServiceMigrationList
		if err := c.Client.List(ctx, &list, client.InNamespace(a.object.GetNamespace())); err != nil {
			return fmt.Errorf("list the ServiceMigrations in %s: %w", a.object.GetNamespace(), err)
		}
		for _, m := range list.Items {
			if m.Spec.Target.Service == a.object.GetName() {
				return fmt.Errorf("%s is the target of ServiceMigration %s, which speaks for its names: delete that first, then hand over", a, m.Name)
			}
		}
	}
	if o.To == "" || a.unread {
		return nil
	}
	if slices.Contains(a.forOthers, host) {
		return nil
	}
	return fmt.Errorf("ExternalDNS would empty the name: %s asks for %s by what tranship alone reads (annotations %s…, or %scontroller: tranship): say it with %shostname, too, then hand over",
		a, host, source.Prefix, source.PrefixAlpha, source.PrefixAlpha)
}

// announce says what will be done. said: it is asked for already.
func (o *handover) announce(a *asker, host string) (said bool) {
	p := func(format string, args ...any) { fmt.Fprintf(o.env.Err, format+"\n", args...) }
	have := a.object.GetAnnotations()[v1alpha1.AnnotationHandover]
	said = have == o.wish()
	switch {
	case said:
		p("%s has the annotation %s: %s already.", a, v1alpha1.AnnotationHandover, have)
	case have != "":
		p("Annotate %s with %s: %s, in place of %s.", a, v1alpha1.AnnotationHandover, o.wish(), have)
	default:
		p("Annotate %s with %s: %s.", a, v1alpha1.AnnotationHandover, o.wish())
	}
	var also []string
	for _, h := range a.hosts {
		if h != host {
			also = append(also, h)
		}
	}
	if len(also) > 0 {
		p("It asks for other names, too, which go along: %s.", strings.Join(also, ", "))
	}
	if a.unread {
		p("It is not seen to ask for %s; a template or prefix among the controller's own flags may say so.", host)
	}
	if o.To != "" {
		p(`Then the controller, in AWS, for %s:
  registers each address once more, as ExternalDNS would: under the address as its id, and with nothing else
  takes its own registrations out, once every name server has the others
  writes the description heritage=external-dns,external-dns/owner=%s,external-dns/resource=%s
From then on ExternalDNS keeps the name, and tranship writes nothing to it.`, host, o.Owner, a.resource())
		return said
	}
	of := "any owner"
	if o.Owner != "" {
		of = "owner " + o.Owner
	}
	p(`Then the controller, in AWS, for %s, where ExternalDNS (%s) keeps it:
  registers each address with its own mark
  takes ExternalDNS' registrations out, once every name server has the others
  writes a description in which ExternalDNS sees nothing of its own
From then on tranship keeps the name.`, host, of)
	return said
}

// warnOfRivals says whether an ExternalDNS of the cluster serves the name: to be
// given to it, one should; to be taken from it, none should any more.
func (o *handover) warnOfRivals(ctx context.Context, c *Cluster, a *asker, host string) {
	p := func(format string, args ...any) { fmt.Fprintf(o.env.Err, format+"\n", args...) }
	found, err := rival.Find(ctx, c.Client)
	if err != nil {
		p("Whether an ExternalDNS in the cluster serves the name is not known: %v", explain(err))
		return
	}
	meta := a.object
	var serve []rival.Rival
	for _, r := range found {
		if r.Claims(host, a.kind, meta.GetNamespace(), meta.GetLabels(), meta.GetAnnotations()) {
			serve = append(serve, r)
		}
	}
	switch {
	case o.From != "":
		for _, r := range serve {
			p("Warning: %s still serves the name; two that keep one name undo each other's work. Stop it, or let its --exclude-domains leave the name out; not by annotation, for then it would take out of the name what it put in.", r)
		}
	case len(serve) == 0:
		p("Warning: no ExternalDNS in this cluster serves the name (of %d): once it is handed over, nobody keeps it true until one does.", len(found))
	case !slices.ContainsFunc(serve, func(r rival.Rival) bool { return r.Owner == "" || r.Owner == o.Owner }):
		p("Warning: %s serves the name, and its --txt-owner-id is %s, not %s: it would leave the name alone.", serve[0], serve[0].Owner, o.Owner)
	}
}
