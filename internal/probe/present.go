package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/tranship/tranship/internal/names"
)

// ErrByChance says that the answer may have left the address out by chance.
var ErrByChance = errors.New("that may be chance")

// Present says whether a name shows an address, as far as the resolver's cache
// knows already. It proves presence wherever
// it says yes. A no is a proof only where the answer was not full: else it is the
// error ErrByChance, and time has to decide (more than eight addresses, or one at
// a time by the routing policy WEIGHTED). Other errors mean that nothing is known.
func Present(ctx context.Context, r Asker, host string, addr netip.Addr) (bool, error) {
	a, err := r.Ask(ctx, host, FamilyOf(addr))
	switch {
	case err != nil:
		return false, err
	case slices.Contains(a.Addrs, addr.Unmap()):
		return true, nil
	case len(a.Addrs) == 1, len(a.Addrs) >= names.MaxAnswers:
		return false, fmt.Errorf("%s shows %d addresses and not %s: %w", host, len(a.Addrs), addr, ErrByChance)
	}
	return false, nil
}
