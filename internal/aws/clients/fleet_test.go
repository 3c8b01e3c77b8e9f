package clients_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	labaws "github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

const (
	home, away = "123456789012", "111122223333"
	here, far  = "ap-south-1", "eu-west-1"
	role       = "arn:aws:iam::111122223333:role/team/tranship"
)

// estates are accounts and regions of the lab behind one endpoint.
type estates struct {
	t       *testing.T
	mu      sync.Mutex
	models  map[string]*cloud.Cloud
	calls   []labaws.Call
	options aws.Options
	now     time.Time
}

// build makes them: orders at home, cart there in another region, pay in the other
// account, and the name both in the first and the last.
func buildEstates(t *testing.T) *estates {
	t.Helper()
	for _, k := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(k, "/nonexistent")
	}
	for _, k := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SERVICEDISCOVERY", "AWS_CA_BUNDLE", "AWS_REGION"} {
		t.Setenv(k, "")
	}
	e := &estates{t: t, models: map[string]*cloud.Cloud{}, now: time.Now()}
	var sites []labaws.Site
	for i, f := range []struct {
		account, region, namespace string
		services                   []string
	}{
		{home, here, "shop.internal", []string{"orders", "both"}},
		{home, far, "far.internal", []string{"cart"}},
		{away, here, "shop.internal", []string{"pay", "both"}},
	} {
		m := cloud.New(cloud.Config{
			Seed: uint64(i), Start: e.now, Account: f.account, Region: f.region,
			Roles: []cloud.Role{{ARN: role}, {ARN: role + "-strict", ExternalID: "us"}},
		})
		fleet := cloud.Fleet{Namespace: f.namespace, Cluster: "prod"}
		for _, s := range f.services {
			fleet.Services = append(fleet.Services, cloud.FleetService{Name: s, Tasks: 1})
		}
		if err := m.SeedFleet(fleet); err != nil {
			t.Fatal(err)
		}
		e.models[f.account+"/"+f.region] = m
		sites = append(sites, labaws.Site{Account: f.account, Region: f.region, Services: []labaws.Service{
			{Name: "servicediscovery", Impl: m.CloudMap()}, {Name: "ecs", Impl: m.ECS()}, {Name: "sts", Impl: m.STS()},
		}})
	}
	h, err := labaws.NewHandler(labaws.Config{
		Credentials: labaws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"},
		Account:     home, Region: here, Services: sites[0].Services, Others: sites[1:],
		Sessions: e.models[home+"/"+here].Session,
		Do: func(fn func()) {
			e.mu.Lock()
			defer e.mu.Unlock()
			fn()
		},
		Record: func(c labaws.Call) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.calls = append(e.calls, c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	proxy, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(tr.CloseIdleConnections)
	e.options = aws.Options{
		Region: here, Endpoint: "http://aws.lab.internal", HTTPClient: &http.Client{Transport: tr}, Now: func() time.Time { return e.now },
		Credentials: credentials.NewStaticCredentialsProvider("AKIALAB", "s", ""),
	}
	return e
}

// seen are the calls so far.
func (e *estates) seen() []labaws.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

func (e *estates) fleet(accounts ...string) *clients.Fleet {
	e.t.Helper()
	o := clients.FleetOptions{AWS: e.options, CloudMap: []cloudmap.Option{cloudmap.Tags(map[string]string{names.TagOwner: "blue"})}, Session: "move"}
	for _, text := range accounts {
		a, err := clients.ParseAccount(text)
		if err != nil {
			e.t.Fatal(err)
		}
		o.Accounts = append(o.Accounts, a)
	}
	f, err := clients.NewFleet(e.t.Context(), o)
	if err != nil {
		e.t.Fatal(err)
	}
	return f
}

// done moves the models on until an operation has ended well.
func (e *estates) done(f *clients.Fleet, ref names.Ref, op string) {
	e.t.Helper()
	for range 100 {
		st, err := f.Operation(e.t.Context(), ref, op)
		if err != nil || st.Status == cutover.OpFail {
			e.t.Fatalf("%s: %+v, %v", op, st, err)
		}
		if st.Status == cutover.OpSuccess {
			return
		}
		e.mu.Lock()
		for _, m := range e.models {
			m.Advance(m.Now().Add(time.Second))
		}
		e.mu.Unlock()
	}
	e.t.Fatalf("%s does not end", op)
}

// Everything goes to the account and region that it names, under its own key, and
// back to where it was found.
func TestFleet(t *testing.T) {
	e := buildEstates(t)
	f, ctx := e.fleet(home+","+far, away+"="+role), t.Context()
	for _, c := range e.seen() {
		if c.Operation != "GetCallerIdentity" {
			t.Errorf("%s before anything was wanted", c.Action())
		}
	}
	for host, want := range map[string]names.Ref{
		"orders.shop.internal": {Account: home, Region: here}, "cart.far.internal": {Account: home, Region: far}, "pay.shop.internal": {Account: away, Region: here},
	} {
		ref, err := f.Lookup(ctx, host)
		if err != nil || ref.Account != want.Account || ref.Region != want.Region {
			t.Fatalf("%s: %v, %v", host, ref, err)
		}
		service, _, _ := strings.Cut(host, ".")
		v, err := f.View(ctx, ref)
		if err != nil || v.Settings.Name != service || len(v.Instances) != 1 {
			t.Errorf("%s: %+v, %v", host, v, err)
		}
		if n, err := f.Revision(ctx, ref); err != nil || n != v.Revision {
			t.Errorf("%s: revision %d, %v; want %d", host, n, err, v.Revision)
		}
		src := names.Source{Account: want.Account, Region: want.Region, Cluster: "prod", Service: service}
		svc, err := f.Service(ctx, src)
		if err != nil || svc.Desired != 1 {
			t.Errorf("%s: %+v, %v", host, svc, err)
		}
		if got, err := f.Ref(ctx, src, svc.RegistryID); err != nil || got != ref {
			t.Errorf("%s: %v, %v", host, got, err)
		}
		op, err := f.Register(ctx, ref, names.Instance{ID: "a", Attributes: map[string]string{names.AttrIPv4: "10.9.0.1"}}, "t")
		if err != nil {
			t.Fatal(err)
		}
		e.done(f, ref, op)
		if op, err = f.UpdateSettings(ctx, ref, v.Settings.WithTTL(5)); err != nil {
			t.Fatal(err)
		}
		e.done(f, ref, op)
		if op, err = f.Deregister(ctx, ref, "a"); err != nil || op == "" {
			t.Fatal(op, err)
		}
		e.done(f, ref, op)
		if err := f.SetHealth(ctx, ref, v.Instances[0].ID, names.Unhealthy); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%s has no custom health: %v", host, err)
		}
		if err := f.Scale(ctx, src, 2); err != nil {
			t.Error(err)
		}
		if got := f.Services(ref.NamespaceID); len(got) == 0 || got[0].Account != want.Account || got[0].Region != want.Region {
			t.Errorf("%s: services %v", host, got)
		}
	}
	// Names without an account are those of home.
	if v, err := f.Service(ctx, names.Source{Cluster: "prod", Service: "orders"}); err != nil || v.Desired != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	for _, c := range e.seen() {
		if (c.Account == away) != strings.HasPrefix(c.Principal, "ASIA") || c.ErrorCode != "" && c.ErrorCode != "CustomHealthNotFound" {
			t.Errorf("%s by %s in account %s: %s", c.Action(), c.Principal, c.Account, c.Message)
		}
	}
	assumed := 0
	for _, c := range e.seen() {
		if c.Operation == "AssumeRole" {
			assumed++
		}
	}
	if assumed != 1 {
		t.Errorf("the role was assumed %d times", assumed)
	}
}

// A zone may be anywhere; what is made in it is made there.
func TestFleetMakesNames(t *testing.T) {
	e := buildEstates(t)
	f, ctx := e.fleet(home+","+far, away+"="+role), t.Context()
	if _, err := f.Zone(ctx, "new.shop.internal"); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "account "+home+", region "+here+", and shop.internal") ||
		!strings.Contains(err.Error(), "in account "+away) {
		t.Errorf("two accounts have it: %v", err)
	}
	if _, err := f.Zone(ctx, "new.elsewhere"); !errors.Is(err, names.ErrNotFound) || strings.Count(err.Error(), "there is") != 3 || strings.Contains(err.Error(), "\n") {
		t.Errorf("nowhere: %v", err)
	}
	zone, err := f.Zone(ctx, "new.far.internal")
	if err != nil || zone.Region != far {
		t.Fatal(zone, err)
	}
	ref, err := f.CreateService(ctx, zone, names.Settings{Name: "new", Routing: "MULTIVALUE", Records: []names.Record{{Type: "A", TTL: 5}}}, "t")
	if err != nil || ref.Region != far {
		t.Fatal(ref, err)
	}
	if got, err := f.Lookup(ctx, "new.far.internal"); err != nil || got != ref {
		t.Errorf("%v, %v", got, err)
	}
	if m, err := f.Describe(ctx, ref); err != nil || !m.By("blue") {
		t.Errorf("%+v, %v", m, err)
	}
	if err := f.DeleteService(ctx, ref); err != nil {
		t.Error(err)
	}
	if got, err := f.Lookup(ctx, "new.far.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("%v, %v", got, err)
	}
	op, err := f.CreateNamespace(ctx, "apis", names.HTTPZone, "", "t")
	if err != nil {
		t.Fatal(err)
	}
	e.done(f, names.Ref{}, op)
	zone, err = f.Zone(ctx, "x.apis")
	if err != nil || zone.Account != home || zone.Region != here {
		t.Fatal(zone, err)
	}
	op, err = f.DeleteNamespace(ctx, names.Ref{NamespaceID: zone.ID})
	if err != nil {
		t.Fatal(err)
	}
	e.done(f, names.Ref{}, op)
}

// A name that is there twice is nobody's; both places are named.
func TestFleetFindsANameTwice(t *testing.T) {
	e := buildEstates(t)
	f := e.fleet(away + "=" + role)
	_, err := f.Lookup(t.Context(), "both.shop.internal")
	if !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "in account "+home+", region "+here) || !strings.Contains(err.Error(), "in account "+away+", region "+here) {
		t.Errorf("%v", err)
	}
	if _, err := f.Lookup(t.Context(), "none.shop.internal"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// An account whose role can't be assumed says so in one line, hides no name of
// the others, is not asked again at once, and is there again when it is mended.
func TestFleetWithARoleThatIsRefused(t *testing.T) {
	for accounts, says := range map[string]string{
		away + "=" + role + "-none":                        "role/team/tranship-none can't be assumed: denied: the credentials need the permission sts:AssumeRole (`tranship iam` prints policies): AccessDenied: User: arn:aws:iam::123456789012:user/lab is not authorized",
		away + "=" + role + "-strict":                      "trust policy must name them, with the external id",
		away + "=" + role + "-strict,external-id=somebody": "can't be assumed",
	} {
		e := buildEstates(t)
		f := e.fleet(accounts)
		if ref, err := f.Lookup(t.Context(), "orders.shop.internal"); err != nil || ref.Account != home {
			t.Errorf("%s: the others: %v, %v", accounts, ref, err)
		}
		calls := len(e.seen())
		for range 3 {
			_, err := f.Lookup(t.Context(), "pay.shop.internal")
			if !errors.Is(err, names.ErrDenied) || errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "account "+away) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", accounts, err)
			}
		}
		if n := len(e.seen()); n != calls {
			t.Errorf("%s: asked again at once: %d calls", accounts, n-calls)
		}
		if _, err := f.View(t.Context(), names.Ref{Account: away, Region: here, NamespaceID: "ns-1", ServiceID: "srv-1"}); !errors.Is(err, names.ErrDenied) || !strings.Contains(err.Error(), "GetService of Cloud Map service srv-1: the role arn:") {
			t.Errorf("%s: %v", accounts, err)
		}
		e.mu.Lock()
		roles := e.models[home+"/"+here].Config().Roles
		roles[0], roles[1] = cloud.Role{ARN: role + "-none"}, cloud.Role{ARN: role + "-strict"}
		e.mu.Unlock()
		e.now = e.now.Add(11 * time.Second)
		if ref, err := f.Lookup(t.Context(), "pay.shop.internal"); err != nil || ref.Account != away {
			t.Errorf("%s, mended: %v, %v", accounts, ref, err)
		}
	}
}

func TestFleetWithAnExternalID(t *testing.T) {
	e := buildEstates(t)
	f := e.fleet(away + "=" + role + "-strict,external-id=us")
	if ref, err := f.Lookup(t.Context(), "pay.shop.internal"); err != nil || ref.Account != away {
		t.Errorf("%v, %v", ref, err)
	}
	if c := f.Places(); len(c) != 2 || c[0] != f.Home || c[1].ARN != role+"-strict" {
		t.Errorf("%v", c)
	}
}

// What is found is found again at one place, without asking the others.
func TestFleetRemembersWhere(t *testing.T) {
	e := buildEstates(t)
	f := e.fleet(home+","+far, away+"="+role)
	if _, err := f.Lookup(t.Context(), "cart.far.internal"); err != nil {
		t.Fatal(err)
	}
	calls := len(e.seen())
	for range 9 {
		e.now = e.now.Add(time.Minute)
		if ref, err := f.Lookup(t.Context(), "cart.far.internal"); err != nil || ref.Region != far {
			t.Error(ref, err)
		}
	}
	if n := len(e.seen()); n != calls {
		t.Errorf("%d calls", n-calls)
	}
}

func TestFleetRefuses(t *testing.T) {
	e := buildEstates(t)
	f := e.fleet(away + "=" + role)
	for _, at := range [][2]string{{"999999999999", ""}, {away, far}, {"", far}} {
		if c, err := f.For(at[0], at[1]); !errors.Is(err, names.ErrInvalid) || c != nil || !strings.Contains(err.Error(), "--account") {
			t.Errorf("%v: %v", at, err)
		}
	}
	nobody := names.Ref{Account: "999999999999", Region: here, NamespaceID: "ns-1", ServiceID: "srv-1"}
	src := names.Source{Account: nobody.Account, Cluster: "c", Service: "s"}
	ctx := t.Context()
	for what, try := range map[string]func() error{
		"view":             func() error { _, err := f.View(ctx, nobody); return err },
		"revision":         func() error { _, err := f.Revision(ctx, nobody); return err },
		"operation":        func() error { _, err := f.Operation(ctx, nobody, "op"); return err },
		"register":         func() error { _, err := f.Register(ctx, nobody, names.Instance{}, "t"); return err },
		"deregister":       func() error { _, err := f.Deregister(ctx, nobody, "a"); return err },
		"health":           func() error { return f.SetHealth(ctx, nobody, "a", names.Healthy) },
		"settings":         func() error { _, err := f.UpdateSettings(ctx, nobody, names.Settings{}); return err },
		"describe":         func() error { _, err := f.Describe(ctx, nobody); return err },
		"delete":           func() error { return f.DeleteService(ctx, nobody) },
		"delete namespace": func() error { _, err := f.DeleteNamespace(ctx, nobody); return err },
		"create": func() error {
			_, err := f.CreateService(ctx, names.Zone{Account: nobody.Account}, names.Settings{}, "t")
			return err
		},
		"service":           func() error { _, err := f.Service(ctx, src); return err },
		"scale":             func() error { return f.Scale(ctx, src, 1) },
		"registry":          func() error { _, err := f.Ref(ctx, src, "srv-1"); return err },
		"another namespace": func() error { _, err := f.CreateNamespace(ctx, "", names.HTTPZone, "", "t"); return err },
	} {
		if err := try(); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := f.Services("ns-none"); got != nil {
		t.Errorf("services of nothing: %v", got)
	}
	for text, a := range map[string][]clients.Account{
		"needs a role": {{ID: away}}, "is there twice": {{ID: home}},
		"region eu-west-1 is there twice": {{ID: away, Role: role, Regions: []string{far}}, {ID: away, Role: role, Regions: []string{far}}},
	} {
		if _, err := clients.NewFleet(ctx, clients.FleetOptions{AWS: e.options, Accounts: a}); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v", a, err)
		}
	}
	broken := e.options
	broken.Credentials = credentials.NewStaticCredentialsProvider("AKIAOTHER", "s", "")
	if _, err := clients.NewFleet(ctx, clients.FleetOptions{AWS: broken}); !errors.Is(err, names.ErrDenied) {
		t.Errorf("home itself: %v", err)
	}
}

// Each account and region has a budget of its own, and of one alone.
func TestFleetPacing(t *testing.T) {
	e := buildEstates(t)
	made := 0
	rates := []pace.Rate{{Op: "servicediscovery:ListNamespaces", PerSecond: 0.001, Burst: 1}}
	o := clients.FleetOptions{
		AWS: e.options, Accounts: []clients.Account{{ID: home, Regions: []string{far}}, {ID: away, Role: role}},
		Pacing: func() (*aws.Pacing, error) {
			made++
			p, err := pace.New(rates, 1)
			if err != nil {
				return nil, err
			}
			return aws.NewPacing(p, e.options.Now, nil, time.Second), nil
		},
	}
	f, err := clients.NewFleet(t.Context(), o)
	if err != nil || made != 3 {
		t.Fatalf("%d budgets, %v", made, err)
	}
	// One listing each: nobody waits for another's.
	if _, err := f.Lookup(t.Context(), "none.of.these"); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("%v", err)
	}
	e.now = e.now.Add(time.Minute)
	if _, err := f.Lookup(t.Context(), "none.of.these"); !errors.Is(err, names.ErrThrottled) {
		t.Errorf("the second listing of each: %v", err)
	}
	o.Pacing = func() (*aws.Pacing, error) { return nil, names.ErrInvalid }
	if _, err := clients.NewFleet(t.Context(), o); !errors.Is(err, names.ErrInvalid) {
		t.Errorf("no budget can be made: %v", err)
	}
}

// Every account and region is read by its own reader; one whose role is refused is
// unknown as a whole, in one line, and hides nothing of the others.
func TestFleetReaders(t *testing.T) {
	e := buildEstates(t)
	soon := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	f := e.fleet(home+","+far, away+"="+role)
	s, err := read.Read(t.Context(), f.Readers(), read.Options{Wait: soon})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range s.Services {
		all = append(all, v.Account+" "+v.Region+" "+v.Name+" "+v.Registries[0].Namespace)
	}
	if d := cmp.Diff([]string{
		away + " " + here + " both shop.internal", away + " " + here + " pay shop.internal",
		home + " " + here + " both shop.internal", home + " " + here + " orders shop.internal", home + " " + far + " cart far.internal",
	}, all); d != "" || len(s.Places) != 3 {
		t.Errorf("-want +got:\n%s", d)
	}

	f = e.fleet(home+","+far, away+"="+role+"-none")
	if s, err = read.Read(t.Context(), f.Readers(), read.Options{Wait: soon}); err != nil {
		t.Fatal(err)
	}
	var unknown []inventory.Unknown
	for _, u := range s.Unknown {
		if u.Account == away {
			unknown = append(unknown, u)
		}
	}
	if len(unknown) != 1 || unknown[0].Part != "account" || unknown[0].Permission != "sts:AssumeRole" || !strings.Contains(unknown[0].Why, "can't be assumed") || len(s.Services) != 3 {
		t.Errorf("%d services, unknown %+v", len(s.Services), unknown)
	}
}
