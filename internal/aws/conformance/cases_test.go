package conformance

import (
	"reflect"
	"strings"
	"testing"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// CloudMap has every operation of the SDK's client, and its client is one.
func TestCloudMapIsWhole(t *testing.T) {
	var _ CloudMap = (*sd.Client)(nil)
	have, client := reflect.TypeFor[CloudMap](), reflect.TypeFor[*sd.Client]()
	for m := range client.Methods() {
		if _, ok := have.MethodByName(m.Name); !ok && m.Name != "Options" {
			t.Errorf("no case can call %s", m.Name)
		}
	}
	if have.NumMethod() != 30 {
		t.Errorf("%d operations: the documentation speaks of 30", have.NumMethod())
	}
}

// At least three cases for each operation, among them one that AWS refuses and
// one that meets another operation. (lab/aws holds each case to what it says it
// is about, by the calls it makes.)
func TestEveryOperationHasItsCases(t *testing.T) {
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ all, errors, races int }
	counts := map[string]*count{}
	for m := range reflect.TypeFor[CloudMap]().Methods() {
		counts[m.Name] = &count{}
	}
	for _, c := range cases {
		if len(c.About) == 0 {
			t.Errorf("%s: what is it about?", c.ID())
		}
		seen := map[string]bool{}
		for _, a := range c.About {
			n := counts[a.Operation]
			if n == nil || seen[a.Operation] {
				t.Errorf("%s: about %s, which is no operation, or said twice", c.ID(), a.Operation)
				continue
			}
			seen[a.Operation] = true
			n.all++
			if a.Error {
				n.errors++
			}
			if a.Race {
				n.races++
			}
		}
	}
	for name, n := range counts {
		if n.all < 3 || n.errors == 0 || n.races == 0 {
			t.Errorf("%s: %d cases, %d with an error, %d with a race; three are wanted, and one of each", name, n.all, n.errors, n.races)
		}
	}
}

// Every case says where its behaviour is known from and how well; a side of a
// switch has another.
func TestCasesAreMarked(t *testing.T) {
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	titles, sides := map[string]string{}, map[string]int{}
	for _, c := range cases {
		switch c.Mark {
		case Documented, Observed, Inferred:
		case Unconfirmed:
			if c.Switch == "" {
				t.Errorf("%s: unconfirmed, and no side of a switch", c.ID())
			}
		default:
			t.Errorf("%s: mark %q", c.ID(), c.Mark)
		}
		for _, s := range c.Sources {
			if !strings.HasPrefix(s, "https://") {
				t.Errorf("%s: source %q", c.ID(), s)
			}
		}
		if len(c.Sources) == 0 {
			t.Errorf("%s: no source", c.ID())
		}
		if name, side, _ := strings.Cut(c.Switch, " "); name != "" {
			sides[name+" "+side]++
			if on := c.Commands[0].Has(name); on != (side == "on") {
				t.Errorf("%s: switch %s, but new says %v", c.ID(), c.Switch, on)
			}
		}
		if other := titles[c.Title]; other != "" || c.Title == "" {
			t.Errorf("%s: the title %q is empty or that of %s", c.ID(), c.Title, other)
		}
		titles[c.Title] = c.ID()
	}
	for side := range sides {
		name, _, _ := strings.Cut(side, " ")
		if sides[name+" on"] == 0 || sides[name+" off"] == 0 {
			t.Errorf("switch %s has a case for one side alone", name)
		}
	}
}
