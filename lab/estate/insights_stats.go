package estate

import (
	"slices"
	"strings"
)

// aggregate is one function of stats, such as count(*) as n.
type aggregate struct {
	name string
	of   expression // nil: of each event
	fold func(values []any, rows []row) any
}

var aggregates = map[string]func(values []any, rows []row) any{
	"count": func(v []any, _ []row) any { return float64(len(v)) },
	"count_distinct": func(v []any, _ []row) any {
		seen := map[string]bool{}
		for _, x := range v {
			seen[display(x)] = true
		}
		return float64(len(seen))
	},
	"min": func(v []any, _ []row) any { return extreme(v, -1) },
	"max": func(v []any, _ []row) any { return extreme(v, 1) },
	"sum": func(v []any, _ []row) any { return sum(v) },
	"avg": func(v []any, _ []row) any {
		if len(v) == 0 {
			return nil
		}
		return sum(v) / float64(len(v))
	},
	"earliest": func(v []any, rows []row) any { return atTime(v, rows, -1) },
	"latest":   func(v []any, rows []row) any { return atTime(v, rows, 1) },
}

func extreme(values []any, sign int) (best any) {
	for i, v := range values {
		if i == 0 || compare(v, best)*sign > 0 {
			best = v
		}
	}
	return best
}

func sum(values []any) (s float64) {
	for _, v := range values {
		n, _ := number(v)
		s += n
	}
	return s
}

// atTime is the value of the first or the last event that has one.
func atTime(values []any, rows []row, sign int) (best any) {
	at := int64(0)
	for i, r := range rows {
		if best == nil || (r.event.at-at)*int64(sign) > 0 {
			best, at = values[i], r.event.at
		}
	}
	return best
}

// stats reads the functions and what they are grouped by.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
func (p *insightsParser) stats() error {
	if p.q.stats {
		return wrongAt(p.peek(), "the lab knows one stats in a query")
	}
	var functions []aggregate
	for {
		a, err := p.aggregate()
		if err != nil {
			return err
		}
		functions = append(functions, a)
		if !p.take(",") {
			break
		}
	}
	type group struct {
		name string
		of   expression
	}
	var by []group
	if p.take("by") {
		for {
			from := p.peek()
			before := len(p.tokens)
			e, err := p.expression()
			if err != nil {
				return err
			}
			name, err := p.alias(spelled(from, p, before))
			if err != nil {
				return err
			}
			by = append(by, group{name, e})
			if !p.take(",") {
				break
			}
		}
	}
	p.q.stats, p.q.statsStep, p.q.fields = true, len(p.q.steps), nil
	for _, g := range by {
		p.q.fields = append(p.q.fields, g.name)
	}
	for _, a := range functions {
		p.q.fields = append(p.q.fields, a.name)
	}
	p.q.steps = append(p.q.steps, func(rows []row) []row {
		groups := map[string][]row{}
		for _, r := range rows {
			var key strings.Builder
			for _, g := range by {
				key.WriteString(display(g.of(r)) + "\x00")
			}
			groups[key.String()] = append(groups[key.String()], r)
		}
		if len(rows) == 0 && len(by) == 0 {
			groups[""] = nil // a count of nothing is 0
		}
		keys := make([]string, 0, len(groups))
		for k := range groups {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		out := make([]row, 0, len(keys))
		for _, k := range keys {
			r := row{made: map[string]any{}}
			for _, g := range by {
				r.set(g.name, g.of(groups[k][0]))
			}
			for _, a := range functions {
				values, of := make([]any, 0, len(groups[k])), make([]row, 0, len(groups[k]))
				for _, one := range groups[k] {
					if a.of == nil {
						values, of = append(values, true), append(of, one)
					} else if v := a.of(one); v != nil {
						values, of = append(values, v), append(of, one)
					}
				}
				r.set(a.name, a.fold(values, of))
			}
			out = append(out, r)
		}
		return out
	})
	return nil
}

// spelled is how an expression without alias is called: as it was written.
func spelled(from insightsToken, p *insightsParser, before int) string {
	if used := before - len(p.tokens); used <= 1 {
		return from.text
	}
	return p.source(from.at, p.peek().at)
}

func (p *insightsParser) aggregate() (aggregate, error) {
	t := p.next()
	fold := aggregates[strings.ToLower(t.text)]
	if t.kind != 'w' || fold == nil || !p.take("(") {
		return aggregate{}, wrongAt(t, "unexpected symbol found %s: the lab knows count, count_distinct, min, max, sum, avg, earliest and latest", t.text)
	}
	a := aggregate{fold: fold}
	if !p.take("*") && !p.peek().is(")") {
		e, err := p.expression()
		if err != nil {
			return a, err
		}
		a.of = e
	}
	if !p.take(")") {
		return a, wrongAt(p.peek(), ") is missing")
	}
	if a.of == nil && !t.is("count") {
		return a, wrongAt(t, "%s needs a field", t.text)
	}
	var err error
	a.name, err = p.alias(p.source(t.at, p.peek().at))
	return a, err
}
