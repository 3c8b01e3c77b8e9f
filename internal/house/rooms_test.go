package house

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// room is a part of the house: a folder and everything below it that is not a
// room of its own.
type room struct {
	// knows are the rooms whose packages it may import. Itself is understood.
	knows []string
	// pure: no network, file, clock, randomness or client of anything.
	pure bool
	// any: it may know every room of the product; knows then counts for the lab only.
	any bool
}

// core are the pure rooms that adapters may know.
var core = []string{
	"internal/names", "internal/check", "internal/pace", "internal/inventory", "internal/inventory/saved",
	"internal/consumers", "internal/registrar", "internal/cutover", "internal/plan",
	"internal/convert", "internal/convert/ledger", "internal/iam", "internal/report",
}

// adapters are what the composition roots put the engine together with.
var adapters = []string{
	"internal/aws", "internal/aws/clients", "internal/aws/cloudmap", "internal/aws/conformance",
	"internal/aws/ecs", "internal/aws/read", "internal/kube", "internal/kube/gate", "internal/kube/pods", "internal/kube/rival", "internal/kube/source",
	"internal/probe", "internal/render", "internal/view", "internal/dashboard",
}

const (
	api  = "api/v1alpha1"
	crds = "api/v1alpha1/crds"
)

// rooms is the map of the house, whole: also of rooms that are still to be
// built. docs/architecture.md explains those that exist.
var rooms = map[string]room{
	"cmd/tranship":     {knows: []string{"internal/cli"}},
	"cmd/tranship-lab": {knows: []string{"lab", "lab/churn", "lab/likeness"}},

	api:  {},
	crds: {},
	// What an administrator applies; the lab applies it, too.
	"deploy": {},

	"internal/names":     {pure: true},
	"internal/check":     {pure: true},
	"internal/pace":      {pure: true, knows: []string{"internal/names"}},
	"internal/inventory": {pure: true, knows: []string{"internal/names", "internal/check"}},
	// What people have in files, as a Snapshot.
	"internal/inventory/saved": {pure: true, knows: []string{"internal/names", "internal/inventory"}},
	"internal/consumers":       {pure: true, knows: []string{"internal/names", "internal/inventory"}},
	"internal/registrar":       {pure: true, knows: []string{"internal/names"}},
	"internal/cutover":         {pure: true, knows: []string{"internal/names", "internal/check", "internal/registrar"}},
	"internal/plan": {pure: true, knows: []string{
		"internal/names", "internal/check", "internal/inventory", "internal/consumers", "internal/cutover",
	}},
	"internal/convert": {pure: true, knows: []string{"internal/names", "internal/check", "internal/inventory", "internal/convert/ledger"}},
	// What became of each field of a document, whatever it means.
	"internal/convert/ledger": {pure: true},
	// Cases for tests; no room of the product knows it.
	"internal/convert/corpus": {knows: []string{"internal/names", "internal/inventory", "internal/convert", "internal/convert/ledger"}},
	"internal/iam":            {pure: true, knows: []string{"internal/names"}},
	"internal/report":         {pure: true, knows: []string{"internal/names", "internal/check", "internal/cutover"}},

	"internal/engine": {knows: append([]string{api}, core...)},

	// Adapters satisfy the engine's ports by shape: they never import it.
	"internal/aws":          {knows: core},
	"internal/aws/cloudmap": {knows: append([]string{"internal/aws"}, core...)},
	// How Cloud Map behaves, as cases, and the way to ask an account.
	"internal/aws/conformance": {knows: append([]string{"internal/aws"}, core...)},
	"internal/aws/ecs":         {knows: append([]string{"internal/aws"}, core...)},
	"internal/aws/read":        {knows: append([]string{"internal/aws"}, core...)},
	"internal/aws/clients": {knows: append([]string{
		"internal/aws", "internal/aws/cloudmap", "internal/aws/ecs", "internal/aws/read",
	}, core...)},
	"internal/kube":      {knows: append([]string{api, crds, "internal/kube/gate", "internal/kube/pods", "internal/kube/source"}, core...)},
	"internal/kube/pods": {knows: core},
	// From objects to the names they ask for.
	"internal/kube/source": {knows: []string{"internal/names", "internal/kube/pods"}},
	// Another registrar in the cluster.
	"internal/kube/rival": {knows: []string{"internal/kube/source"}},
	"internal/kube/gate":  {knows: []string{api, "internal/kube/pods"}},
	"internal/probe":      {knows: core},
	"internal/render":     {knows: core},
	"internal/view":       {knows: append([]string{api}, core...)},
	"internal/dashboard":  {knows: append([]string{api, "internal/view"}, core...)},

	"internal/controller": {knows: slices.Concat([]string{api, crds, "internal/engine"}, adapters, core)},
	"internal/cli":        {knows: slices.Concat([]string{api, crds, "internal/engine", "internal/controller"}, adapters, core)},
	"internal/house":      {},

	// The lab may know the product. Between its own rooms there are arrows, too.
	"lab":       {any: true, knows: append([]string{"deploy"}, lab...)},
	"lab/cloud": {},
	// Runs cases; those on Cloud Map lie with the product.
	"lab/cloud/cases": {any: true, knows: []string{"lab/cloud"}},
	"lab/estate":      {},
	// Calls by name, as the cases of lab/cloud do.
	"lab/estate/cases": {any: true, knows: []string{"lab/estate", "lab/cloud/cases"}},
	"lab/fault":        {},
	"lab/admin":        {knows: []string{"lab/fault"}},
	"lab/aws":          {any: true, knows: []string{"lab/cloud", "lab/fault"}},
	"lab/dns":          {any: true, knows: []string{"lab/cloud"}},
	"lab/vpc":          {},
	"lab/rpc":          {},
	// Two readings of what a container sees, which know neither each other nor the product.
	"lab/sees":         {pure: true},
	"lab/sees/ecstask": {knows: []string{"lab/sees"}},
	"lab/sees/kubepod": {knows: []string{"lab/sees"}},
	"lab/node":         {any: true, knows: []string{"lab/cloud", "lab/vpc", "lab/rpc", "lab/sees", "lab/sees/kubepod"}},
	"lab/load":         {any: true, knows: []string{"lab/cloud", "lab/dns", "lab/vpc", "lab/rpc"}},
	"lab/sim":          {any: true, knows: []string{"lab/cloud", "lab/dns", "lab/load"}},
	"lab/loadbalancer": {},
	"lab/process":      {},
	"lab/lag":          {pure: true},
	// A trial on a whole lab, as others outside might hold one.
	"lab/churn": {any: true, knows: append([]string{"lab"}, slices.Concat(lab, []string{"lab/lag"})...)},
	// Another: of the conversion. Its fleet is what people set in ECS.
	"lab/likeness":         {any: true, knows: append([]string{"lab", "lab/likeness/fleet", "lab/likeness/secrets", "lab/likeness/crds"}, lab...)},
	"lab/likeness/fleet":   {knows: []string{"lab", "lab/likeness/secrets"}},
	"lab/likeness/secrets": {},
	"lab/likeness/crds":    {},
	"lab/nested":           {},
	"lab/cluster":          {any: true, knows: []string{"lab/nested"}},
	"lab/clusterdns":       {knows: []string{"lab/nested"}},
	"lab/e2e":              {any: true, knows: []string{"lab/cluster", "deploy"}},
	"lab/controlplane":     {},
	"lab/coredns":          {},
}

// lab are the rooms that the lab is put together from.
var lab = []string{
	"lab/cloud", "lab/estate", "lab/aws", "lab/dns", "lab/vpc", "lab/node", "lab/load", "lab/sim", "lab/cluster",
	"lab/clusterdns", "lab/loadbalancer",
	"lab/fault", "lab/admin", "lab/process", "lab/sees", "lab/sees/ecstask",
}

// product says that a room, or a folder, belongs to what users run.
func product(dir string) bool {
	return within("api", dir) || within("internal", dir) || within("cmd/tranship", dir)
}

// roomOf finds the room that a folder lies in. A new folder below lab is not
// taken for a part of lab itself, which may know all the others.
func roomOf(dir string) (string, bool) {
	for d := dir; ; {
		if _, ok := rooms[d]; ok {
			return d, d != "lab" || dir == d
		}
		i := strings.LastIndexByte(d, '/')
		if i < 0 {
			return "", false
		}
		d = d[:i]
	}
}

// mayKnow says whether the table has an arrow.
func mayKnow(from, to string) bool {
	r := rooms[from]
	return from == to || slices.Contains(r.knows, to) || r.any && product(to)
}

func TestEveryPackageHasARoom(t *testing.T) {
	for _, s := range load(t).sources {
		if _, ok := roomOf(s.dir); !ok {
			t.Errorf("%s: %s is no room of the table in rooms_test.go: add it, with its arrows, or move the file", s.file, s.dir)
		}
	}
}

func TestArrows(t *testing.T) {
	for _, s := range load(t).sources {
		if s.test {
			continue // held by TestTestsStayInTheirHalf
		}
		from, _ := roomOf(s.dir)
		for _, p := range s.imports {
			dir, ok := local(p)
			if !ok {
				continue
			}
			to, ok := roomOf(dir)
			if !ok || !mayKnow(from, to) {
				t.Errorf("%s imports %s: %s may not know %s; it knows %v", s.file, p, from, dir, rooms[from].knows)
			}
		}
	}
}

// Tests of the core stay in the core; those of adapters and composition roots
// may run over the lab, which is what it is for.
func TestTestsStayInTheirHalf(t *testing.T) {
	overTheLab := slices.Concat([]string{"internal/controller", "internal/cli"}, adapters)
	for _, s := range load(t).sources {
		from, _ := roomOf(s.dir)
		if !s.test || !product(s.dir) || slices.Contains(overTheLab, from) {
			continue
		}
		for _, p := range s.imports {
			if dir, ok := local(p); ok && within("lab", dir) {
				t.Errorf("%s imports %s: a test of %s does without the lab; such a test belongs to lab/sim", s.file, p, from)
			}
		}
	}
}

// The table itself: arrows lead to rooms, and no pure room knows an impure one.
func TestTable(t *testing.T) {
	for _, from := range slices.Sorted(maps.Keys(rooms)) {
		r := rooms[from]
		for _, to := range r.knows {
			other, ok := rooms[to]
			if !ok {
				t.Errorf("%s knows %s, which is no room", from, to)
			}
			if r.pure && !other.pure {
				t.Errorf("%s is pure and knows %s, which is not", from, to)
			}
			if product(from) && !product(to) {
				t.Errorf("%s belongs to the product and knows %s", from, to)
			}
		}
	}
	if cycle := findCycle(); cycle != nil {
		t.Errorf("rooms in a circle: %s", strings.Join(cycle, " → "))
	}
}

// findCycle walks the arrows; nil if they lead nowhere twice.
func findCycle() []string {
	const open, done = 1, 2
	mark := map[string]int{}
	var visit func(at string, path []string) []string
	visit = func(at string, path []string) []string {
		path = append(path, at)
		if mark[at] == open {
			return path[slices.Index(path, at):]
		}
		if mark[at] == done {
			return nil
		}
		mark[at] = open
		for _, to := range rooms[at].knows {
			if c := visit(to, path); c != nil {
				return c
			}
		}
		mark[at] = done
		return nil
	}
	for _, from := range slices.Sorted(maps.Keys(rooms)) {
		if c := visit(from, nil); c != nil {
			return c
		}
	}
	return nil
}
