package vpc

import (
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var (
	caller = netip.MustParseAddr("10.0.0.9")
	pod    = netip.MustParseAddrPort("10.0.64.7:8080")
)
