package names_test

import (
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/names"
)

func TestCreatable(t *testing.T) {
	private, public, http := names.Zone{Kind: names.PrivateZone}, names.Zone{Kind: names.PublicZone}, names.Zone{Kind: names.HTTPZone}
	a := []names.Record{{Type: "A", TTL: 60}}
	long := strings.Repeat("d", 1025)
	for _, try := range []struct {
		zone names.Zone
		s    names.Settings
		want string // "": fine
	}{
		{private, names.Settings{Name: "a.b", Routing: "MULTIVALUE", Records: a, CustomHealth: true}, ""},
		{public, names.Settings{Name: "a", Routing: "WEIGHTED", Records: a, HealthCheck: &names.HealthCheck{Type: "TCP"}}, ""},
		{http, names.Settings{Name: strings.Repeat("x", 127)}, ""},
		{private, names.Settings{Name: "a", Type: "HTTP"}, ""},

		{private, names.Settings{Routing: "MULTIVALUE", Records: a}, "0 characters"},
		{http, names.Settings{Name: strings.Repeat("x", 128)}, "128 characters, 1 to 127"},
		{private, names.Settings{Name: strings.Repeat("x", 64), Routing: "MULTIVALUE", Records: a}, "a label of 64 characters"},
		{private, names.Settings{Name: "a..b", Routing: "MULTIVALUE", Records: a}, "a label of 0 characters"},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: a, Description: &long}, "description has 1025"},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: a, HealthCheck: &names.HealthCheck{}}, "use custom health"},
		{public, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: a, CustomHealth: true, HealthCheck: &names.HealthCheck{}}, "exclude each other"},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE"}, `record types ""`},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: []names.Record{{Type: "SRV"}, {Type: "A"}}}, `"A SRV" do not stand together: A, AAAA, A AAAA, CNAME, SRV`},
		{private, names.Settings{Name: "a", Routing: "SIMPLE", Records: a}, `"SIMPLE": MULTIVALUE and WEIGHTED`},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: []names.Record{{Type: "CNAME"}}}, "CNAME needs"},
		{public, names.Settings{Name: "a", Routing: "WEIGHTED", Records: []names.Record{{Type: "CNAME"}}, HealthCheck: &names.HealthCheck{}}, "CNAME can not"},
		{private, names.Settings{Name: "a", Routing: "MULTIVALUE", Records: []names.Record{{Type: "A", TTL: -5}}}, "a TTL of -5 s"},
		{http, names.Settings{Name: "a", Records: a}, "no DNS records"},
	} {
		err := try.s.Creatable(try.zone)
		if (err == nil) != (try.want == "") || err != nil && !strings.Contains(err.Error(), try.want) {
			t.Errorf("%s %+v: %v, want %q", try.zone.Kind, try.s, err, try.want)
		}
	}
}
