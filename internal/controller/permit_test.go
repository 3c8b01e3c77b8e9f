package controller

import (
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/names"
)

func TestPermit(t *testing.T) {
	src := names.Source{Cluster: "prod", Service: "orders"}
	for name, c := range map[string]struct {
		allow []string
		ns    string
		tags  map[string]string
		ok    bool
	}{
		"nothing allowed":          {nil, "shop", nil, false},
		"the tag":                  {nil, "shop", map[string]string{"tranship.dev/namespace": "shop"}, true},
		"a tag for another":        {nil, "shop", map[string]string{"tranship.dev/namespace": "attic"}, false},
		"by name":                  {[]string{"attic=*/*", "shop=prod/orders"}, "shop", nil, true},
		"by pattern":               {[]string{"shop=prod/ord*"}, "shop", nil, true},
		"another cluster":          {[]string{"shop=test/*"}, "shop", nil, false},
		"another namespace":        {[]string{"shop=prod/*"}, "shopping", nil, false},
		"namespaces are no globs":  {[]string{"*=prod/*"}, "shop", nil, false},
		"a service is not a path":  {[]string{"shop=prod/*/*"}, "shop", nil, false},
		"the tag beside the list":  {[]string{"attic=*/*"}, "shop", map[string]string{"tranship.dev/namespace": "shop"}, true},
		"an empty tag allows none": {nil, "shop", map[string]string{"tranship.dev/namespace": ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			may, err := permit(c.allow)
			if err != nil {
				t.Fatal(err)
			}
			why := may(c.ns, src, c.tags)
			if (why == "") != c.ok {
				t.Errorf("denied: %q", why)
			}
			if !c.ok && !strings.Contains(why, "--allow "+c.ns+"=prod/orders") {
				t.Errorf("it does not say how to allow it: %q", why)
			}
		})
	}
	for _, bad := range []string{"", "shop", "shop=", "shop=prod", "shop=prod/", "=prod/*", "shop=/x", "shop=prod/[", "shop=[/x"} {
		if _, err := permit([]string{bad}); err == nil || !strings.Contains(err.Error(), "--allow") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
