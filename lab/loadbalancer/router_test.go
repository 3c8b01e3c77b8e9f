package loadbalancer

import (
	"net/netip"
	"testing"
)

func TestRouter(t *testing.T) {
	at := func(n byte) []netip.AddrPort {
		return []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 64, n}), 8080)}
	}
	r := router{
		{host: "", path: "/", targets: at(1)},
		{host: "*.shop.internal", path: "/", targets: at(2)},
		{host: "orders.shop.internal", path: "/", targets: at(3)},
		{host: "orders.shop.internal", path: "/v1", targets: at(4)},
		{host: "orders.shop.internal", path: "/v1", exact: true, targets: at(5)},
		{host: "cart.shop.internal", path: "/only", targets: at(6)},
	}
	r.sort()
	for _, x := range []struct {
		host, path string
		want       byte
	}{
		{"orders.shop.internal", "/", 3},
		{"ORDERS.shop.internal:8080", "/", 3},
		{"orders.shop.internal", "/v1", 5},
		{"orders.shop.internal", "/v1/x", 4},
		{"orders.shop.internal", "/v1x", 3},
		{"other.shop.internal", "/v1", 2},
		{"a.b.shop.internal", "/", 1},
		{"cart.shop.internal", "/only", 6},
		{"cart.shop.internal", "/", 2},
		{"", "/", 1},
	} {
		got, ok := r.match(x.host, x.path)
		if !ok || got[0] != at(x.want)[0] {
			t.Errorf("%s%s goes to %v, want %v", x.host, x.path, got, at(x.want))
		}
	}
	if got, ok := (router{{host: "a", path: "/"}}).match("b", "/"); ok {
		t.Errorf("no rule is for b, but it goes to %v", got)
	}
}
