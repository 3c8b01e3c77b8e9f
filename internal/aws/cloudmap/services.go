package cloudmap

import (
	"slices"

	"github.com/tranship/tranship/internal/names"
)

// Services are the services of a namespace as they were last listed, sorted: no
// call. None, where nobody has looked for a name in it yet.
func (c *Client) Services(namespaceID string) []names.Ref {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.services[namespaceID]
	if k == nil {
		return nil
	}
	var out []names.Ref
	for _, ids := range k.byName {
		for _, id := range ids {
			out = append(out, names.Ref{Account: c.account, Region: c.region, NamespaceID: namespaceID, ServiceID: id})
		}
	}
	slices.SortFunc(out, names.Ref.Compare)
	return out
}
