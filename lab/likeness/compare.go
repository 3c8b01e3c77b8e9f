package likeness

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab/sees"
)

// compare reads what a task and a pod of each service print, and asks the ledger
// about each difference.
func (t *trial) compare(ctx context.Context) error {
	for i := range t.report.Services {
		s := &t.report.Services[i]
		if !s.Ready {
			continue
		}
		ecs, err := t.sees(ctx, s.Name, "ecs")
		if err == nil {
			var eks sees.Report
			if eks, err = t.sees(ctx, s.Name, "eks"); err == nil {
				s.Compared = true
				s.judge(ecs, eks)
				continue
			}
		}
		if ctx.Err() != nil {
			return err
		}
		s.Why = err.Error()
	}
	return nil
}

// sees reads the print of one that runs.
func (t *trial) sees(ctx context.Context, service, platform string) (r sees.Report, err error) {
	at := t.lab.Addresses(service, platform)
	if len(at) == 0 {
		return r, fmt.Errorf("nothing serves as %s on %s", service, platform)
	}
	b, err := t.lab.Sees(ctx, at[0])
	if err != nil {
		return r, fmt.Errorf("%s on %s: %w", service, platform, err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("%s on %s: its print: %w", service, platform, err)
	}
	return r, nil
}

// judge sorts what differs: by the platforms alone, by the ledger's word, or by
// nobody's.
func (s *Service) judge(ecs, eks sees.Report) {
	pairs := sees.Match(ecs, eks)
	s.Containers = len(ecs.Containers)
	for _, d := range sees.Compare(ecs, eks, pairs) {
		if e, ok := explain(d, s.entries); ok {
			s.Explained = append(s.Explained, Explained{Difference: d, Outcome: e.Outcome, By: said(e)})
			continue
		}
		if d.Platform {
			s.Platform = append(s.Platform, d)
			continue
		}
		s.Unexplained = append(s.Unexplained, d)
	}
}

// said is an entry in words.
func said(e ledger.Entry) string {
	out := fmt.Sprintf("%s is %s", e.Path, e.Outcome)
	if e.Why != "" {
		out += ": " + e.Why
	}
	return out
}
