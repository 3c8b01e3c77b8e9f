package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/vpc"
)

// startFlowLog makes the flow log of the whole VPC. Its records come when their
// aggregation interval is over.
func (l *Lab) startFlowLog(ctx context.Context) (*vpc.FlowLog, error) {
	format, err := vpc.ParseFormat(l.Options.FlowFormat)
	if err != nil {
		return nil, err
	}
	write, err := l.lines(l.Options.FlowLog, format.Header())
	if err != nil {
		return nil, err
	}
	log := vpc.NewFlowLog(vpc.FlowLogConfig{
		Interval: cmp.Or(l.Options.FlowInterval, l.estateTiming().FlowInterval), Account: Account, Interface: l.interfaceAt,
		On: func(due []vpc.Flow) {
			lines := make([]string, len(due))
			for n, f := range due {
				lines[n] = format.Line(f)
				write(lines[n])
				if l.Options.OnFlow != nil {
					l.Options.OnFlow(f)
				}
			}
			l.deliverFlows(due, lines)
		},
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() {
		for {
			t := time.NewTimer(time.Until(log.Next(time.Now())))
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-t.C:
				log.Advance(time.Now())
			}
		}
	})
	l.onDown(func(context.Context) error {
		cancel()
		running.Wait()
		log.Close(time.Now())
		return nil
	})
	return log, nil
}

// queryLog is where the query log of the VPC goes.
func (l *Lab) queryLog() (func(dns.QueryLog), error) {
	write, err := l.lines(l.Options.QueryLog, "")
	if err != nil {
		return nil, err
	}
	return func(q dns.QueryLog) {
		line := q.Line()
		write(line)
		l.deliverQuery(q, line)
		if l.Options.OnQuery != nil {
			l.Options.OnQuery(q)
		}
	}, nil
}

// lines writes lines to a file, until the lab is down; "" is no file.
func (l *Lab) lines(file, header string) (func(string), error) {
	if file == "" {
		return func(string) {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("write a log of the VPC: %w", err)
	}
	var mu sync.Mutex
	write := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := fmt.Fprintln(f, line); err != nil {
			l.fail(fmt.Errorf("write a log of the VPC: %w", err))
		}
	}
	if header != "" {
		write(header)
	}
	l.onDown(func(context.Context) error { return f.Close() })
	return write, nil
}
