package cloud

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
)

// zoneChange is one ChangeResourceRecordSets.
type zoneChange struct {
	id        string
	comment   *string
	submitted time.Time
	insync    bool
}

func (z *zoneChange) info() *types.ChangeInfo {
	i := &types.ChangeInfo{Id: ptr("/change/" + z.id), Status: types.ChangeStatusPending, SubmittedAt: ptr(z.submitted), Comment: z.comment}
	if z.insync {
		i.Status = types.ChangeStatusInsync
	}
	return i
}

// keepChanges is how many changes can be asked for by GetChange.
const keepChanges = 1000

// maxChanges is how many records one request may change.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
const maxChanges = 1000

// ChangeResourceRecordSets has the signature of the client's method. All of its
// changes are made, or none. A zone that Cloud Map made refuses it: seen in
// https://github.com/hashicorp/terraform-provider-aws/issues/8568 and
// https://github.com/aws/aws-sdk-java-v2/issues/6754.
func (r *Route53) ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, _ ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error) {
	if err := r.enter(ctx, "ChangeResourceRecordSets"); err != nil {
		return nil, err
	}
	z, err := r.zone(in.HostedZoneId)
	if err != nil {
		return nil, err
	}
	if z.namespace != nil {
		return nil, &smithy.GenericAPIError{
			Code: "AccessDenied", Fault: smithy.FaultClient,
			Message: "The resource hostedzone/" + z.id + " can only be managed through AWS Cloud Map (" + z.namespace.arn + ")",
		}
	}
	if in.ChangeBatch == nil || len(in.ChangeBatch.Changes) == 0 {
		return nil, route53Invalid("ChangeBatch needs at least one change")
	}
	if len(in.ChangeBatch.Changes) > maxChanges {
		return nil, badBatch([]string{fmt.Sprintf("Number of records limit of %d exceeded.", maxChanges)})
	}
	records := slices.Clone(z.records)
	var wrong []string
	for _, ch := range in.ChangeBatch.Changes {
		var why string
		if records, why = z.change(records, ch); why != "" {
			wrong = append(wrong, why)
		}
	}
	if len(wrong) > 0 {
		return nil, badBatch(wrong)
	}
	slices.SortFunc(records, bySet)
	z.records = records
	ch := &zoneChange{id: "C" + strings.ToUpper(r.ids.letters(20)), comment: in.ChangeBatch.Comment, submitted: r.c.now}
	r.remember(ch)
	r.c.after(r.c.spread.tail(r.c.cfg.Timing.PropagationMin, r.c.cfg.Timing.PropagationMax), func() {
		ch.insync = true
		z.served = records
	})
	return &route53.ChangeResourceRecordSetsOutput{ChangeInfo: ch.info()}, nil
}

func badBatch(messages []string) error {
	return &types.InvalidChangeBatch{Message: ptr("[" + strings.Join(messages, ", ") + "]"), Messages: messages}
}

// remember keeps the change, and forgets the oldest of too many.
func (r *Route53) remember(ch *zoneChange) {
	if r.changes == nil {
		r.changes = map[string]*zoneChange{}
	}
	r.changes[ch.id] = ch
	if len(r.changes) <= keepChanges {
		return
	}
	oldest := ch
	for _, o := range r.changes {
		if o.submitted.Before(oldest.submitted) || o.submitted.Equal(oldest.submitted) && o.id < oldest.id {
			oldest = o
		}
	}
	delete(r.changes, oldest.id)
}

// change makes one change, or says why not.
func (z *hostedZone) change(records []types.ResourceRecordSet, ch types.Change) ([]types.ResourceRecordSet, string) {
	if ch.ResourceRecordSet == nil {
		return records, "A change needs a ResourceRecordSet"
	}
	set := *ch.ResourceRecordSet
	name := unescaped(dotted(val(set.Name)))
	set.Name = ptr(escaped(name))
	if name != z.name && !strings.HasSuffix(name, "."+z.name) {
		return records, "RRSet with DNS name " + *set.Name + " is not permitted in zone " + escaped(z.name)
	}
	if set.AliasTarget == nil && (set.TTL == nil || len(set.ResourceRecords) == 0) {
		return records, "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=" +
			string(ch.Action) + ", Name=" + *set.Name + ", Type=" + string(set.Type) + ", SetIdentifier=" + cmp.Or(val(set.SetIdentifier), "null") + "]"
	}
	what := "resource record set [name='" + *set.Name + "', type='" + string(set.Type) + "'"
	if set.SetIdentifier != nil {
		what += ", set-identifier='" + *set.SetIdentifier + "'"
	}
	what += "]"
	at, found := slices.BinarySearchFunc(records, set, bySet)
	switch ch.Action {
	case types.ChangeActionCreate:
		if found {
			return records, "Tried to create " + what + " but it already exists"
		}
	case types.ChangeActionDelete:
		switch {
		case !found:
			return records, "Tried to delete " + what + " but it was not found"
		case !reflect.DeepEqual(records[at], set):
			return records, "Tried to delete " + what + " but the values provided do not match the current values"
		}
		return slices.Delete(records, at, at+1), ""
	case types.ChangeActionUpsert:
		if found {
			records[at] = set
			return records, ""
		}
	default:
		return records, "Unknown action " + string(ch.Action)
	}
	return slices.Insert(records, at, set), ""
}

// GetChange has the signature of the client's method.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
func (r *Route53) GetChange(ctx context.Context, in *route53.GetChangeInput, _ ...func(*route53.Options)) (*route53.GetChangeOutput, error) {
	if err := r.enter(ctx, "GetChange"); err != nil {
		return nil, err
	}
	id := val(in.Id)
	id = id[strings.LastIndexByte(id, '/')+1:]
	ch := r.changes[id]
	if ch == nil {
		return nil, &types.NoSuchChange{Message: ptr("Could not find resource with ID: " + id)}
	}
	return &route53.GetChangeOutput{ChangeInfo: ch.info()}, nil
}

// TestDNSAnswer has the signature of the client's method. It is for public
// zones only: of a private name, ask from inside the VPC.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html
func (r *Route53) TestDNSAnswer(ctx context.Context, in *route53.TestDNSAnswerInput, _ ...func(*route53.Options)) (*route53.TestDNSAnswerOutput, error) {
	if err := r.enter(ctx, "TestDNSAnswer"); err != nil {
		return nil, err
	}
	z, err := r.zone(in.HostedZoneId)
	if err != nil {
		return nil, err
	}
	if z.private {
		return nil, route53Invalid("TestDNSAnswer is not supported for private hosted zones: " + z.id)
	}
	a := r.c.AnswerPublic(0, val(in.RecordName), string(in.RecordType))
	out := &route53.TestDNSAnswerOutput{
		Nameserver: ptr(strings.TrimSuffix(nsNames[0], ".")), Protocol: ptr("UDP"), RecordName: ptr(strings.TrimSuffix(dotted(val(in.RecordName)), ".")),
		RecordType: in.RecordType, ResponseCode: ptr(a.Rcode), RecordData: []string{},
	}
	for _, rec := range a.Records {
		out.RecordData = append(out.RecordData, rec.Data)
	}
	return out, nil
}
