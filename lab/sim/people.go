package sim

import (
	"context"
	"encoding/json"
	"strconv"

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
	}
}

// command writes the annotation.
func (w *world) command(v cutover.Verb) {
	w.obj.nonce++
	b, err := json.Marshal(cutover.Command{Verb: v, Nonce: strconv.Itoa(w.obj.nonce), By: "sre", Generation: w.obj.spec.Generation})
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
