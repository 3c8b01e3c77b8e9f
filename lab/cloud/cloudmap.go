package cloud

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// CloudMap has the methods of servicediscovery.Client.
type CloudMap struct{ c *Cloud }

func invalid(message string) error { return &types.InvalidInput{Message: ptr(message)} }

// idOf is the id in an ARN; an id is its own.
func idOf(p *string) string {
	s := val(p)
	if strings.HasPrefix(s, "arn:") {
		return s[strings.LastIndexByte(s, '/')+1:]
	}
	return s
}

// localID is the id of a namespace or service of this account and region that is
// given as an id or as an ARN, and the ARN itself where it leads elsewhere. What
// others share with an account can be named by ARN alone.
// https://docs.aws.amazon.com/cloud-map/latest/dg/sharing-namespaces.html
func (c *Cloud) localID(resource string, p *string) string {
	s := val(p)
	if id, ok := strings.CutPrefix(s, c.arn("servicediscovery", resource+"/")); ok {
		return id
	}
	return s
}

// mine says whether an OwnerAccount, where given, is this account: nobody shares
// a namespace with it.
func (c *Cloud) mine(owner *string) bool { return owner == nil || *owner == c.cfg.Account }

func (c *Cloud) namespaceBy(id *string) (*namespace, error) {
	want := c.localID("namespace", id)
	i, ok := slices.BinarySearchFunc(c.namespaces, want, func(n *namespace, id string) int { return cmp.Compare(n.id, id) })
	if !ok {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + want)}
	}
	return c.namespaces[i], nil
}

func (c *Cloud) serviceBy(id *string) (*service, error) {
	want := c.localID("service", id)
	if svc := c.services[want]; svc != nil {
		return svc, nil
	}
	return nil, &types.ServiceNotFound{Message: ptr("Service not found: " + want)}
}

func tagMap(tags []types.Tag) (map[string]string, error) {
	if len(tags) > 50 {
		return nil, &types.TooManyTagsException{Message: ptr("A resource can have at most 50 tags.")}
	}
	var m map[string]string
	for _, t := range tags {
		if val(t.Key) == "" {
			return nil, invalid("A tag needs a key.")
		}
		if m == nil {
			m = make(map[string]string, len(tags))
		}
		m[*t.Key] = val(t.Value)
	}
	return m, nil
}
