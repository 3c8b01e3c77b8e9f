package sim

import (
	"context"
	"encoding/json"
	"net/netip"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// people starts everybody who does something at a time.
func (w *world) people() {
	for _, d := range w.sc.Script {
		w.spawn(d.What, nil, d.At, func(*actor) { w.do(d.What) })
	}
}

// do is one deed.
func (w *world) do(what string) {
	w.logf("somebody: %s", what)
	switch what {
	case "pause", "resume", "rollback":
		w.command(cutover.Verb(what))
	case "forward":
		w.command(cutover.VerbResume)
	case "ttl":
		w.resetTTL()
	case "podkill":
		w.kube.kill(w)
	case "unready":
		w.kube.unready(w)
	case "flap":
		w.kube.flap(w)
	}
}

// ambush says whether this is the write at which everything happens at once.
func (w *world) ambush(in any) bool {
	if _, scales := in.(*ecs.UpdateServiceInput); w.sc.Ambush.Scale && !scales {
		return false
	}
	w.sent++
	if w.sent != w.sc.Ambush.Write {
		return false
	}
	if w.sc.Ambush.Rollback {
		w.ambushed = true
		w.spawn("rollback", nil, time.Duration(w.rng.IntN(2000))*time.Millisecond, func(*actor) { w.do("rollback") })
	}
	return true
}

// stranger registers an instance of their own by hand, with no mark or with
// another cluster's, and somebody lets it be whenever the crossing asks.
func (w *world) stranger() {
	if !w.sc.Foreign {
		return
	}
	w.spawn("stranger", nil, time.Duration(w.rng.IntN(600))*time.Second, func(*actor) {
		in := &servicediscovery.RegisterInstanceInput{
			ServiceId: &w.ref.ServiceID, InstanceId: aws.String(strangerID), CreatorRequestId: aws.String("by-hand"),
			Attributes: map[string]string{names.AttrIPv4: strangerIP.String()},
		}
		if w.rng.IntN(2) == 0 {
			in.Attributes[names.AttrOwner] = "cluster-b"
		}
		w.serve(strangerIP, w.now)
		if _, err := w.cloud.CloudMap().RegisterInstance(context.Background(), in); err != nil {
			w.violation("the stranger cannot register: %v", err)
		}
		w.logf("a stranger joins the name")
	})
	w.spawn("approver", nil, time.Minute, func(a *actor) {
		for {
			// Not over another's word that nobody has heard yet.
			if st := w.state(); st.Phase == cutover.Preflight && st.Command == w.heard() {
				w.approve("foreign-instances")
			}
			a.pause(2 * time.Minute)
		}
	})
}

const strangerID = "partner-1"

var strangerIP = netip.MustParseAddr("10.0.200.1")

// heard is the nonce of the last command, "" before the first.
func (w *world) heard() string {
	if w.obj.nonce == 0 {
		return ""
	}
	return strconv.Itoa(w.obj.nonce)
}

// command writes the annotation.
func (w *world) command(v cutover.Verb) { w.say(cutover.Command{Verb: v}) }

func (w *world) approve(gate string) { w.say(cutover.Command{Verb: cutover.VerbApprove, Gate: gate}) }

func (w *world) say(c cutover.Command) {
	w.obj.nonce++
	c.Nonce, c.By, c.Generation = strconv.Itoa(w.obj.nonce), "sre", w.obj.spec.Generation
	b, err := json.Marshal(c)
	if err != nil {
		w.violation("encode the command: %v", err)
	}
	w.obj.command = b
	w.obj.version++
}

// resetTTL is infrastructure code that puts the TTL back.
func (w *world) resetTTL() {
	_, err := w.cloud.CloudMap().UpdateService(context.Background(), &servicediscovery.UpdateServiceInput{
		Id: &w.ref.ServiceID,
		Service: &types.ServiceChange{DnsConfig: &types.DnsConfigChange{
			DnsRecords: []types.DnsRecord{{Type: types.RecordTypeA, TTL: &w.sc.TTL}},
		}},
	})
	if err != nil {
		w.logf("infrastructure code: %v", err)
	}
}

// findRef looks the name up once; the adapters do it in the product.
func (w *world) findRef() error {
	out, err := w.cloud.CloudMap().ListServices(context.Background(), &servicediscovery.ListServicesInput{})
	if err != nil {
		return err
	}
	ns, err := w.cloud.CloudMap().ListNamespaces(context.Background(), &servicediscovery.ListNamespacesInput{})
	if err != nil {
		return err
	}
	w.ref = names.Ref{Account: w.account, Region: w.region, NamespaceID: *ns.Namespaces[0].Id, ServiceID: *out.Services[0].Id}
	return nil
}
