package estate

import (
	"slices"
	"strconv"
	"strings"
)

// insights is a query: what is done with the events, in order.
type insights struct {
	steps  []step
	limit  int      // 0: none was given
	fields []string // shown, in order; nil: @timestamp and @message
	// stats: the step statsStep makes groups of events.
	stats     bool
	statsStep int
}

// step changes the rows.
type step func(rows []row) []row

// insightsParser reads the subset of the query language that the lab knows:
// fields, display, filter, parse with a glob, stats, sort and limit.
type insightsParser struct {
	text   string
	tokens []insightsToken
	q      insights
}

func parseInsights(s string) (*insights, error) {
	tokens, err := insightsTokens(s)
	if err != nil {
		return nil, err
	}
	p := &insightsParser{text: s, tokens: tokens}
	if len(tokens) == 0 {
		return nil, wrongAt(insightsToken{}, "the query is empty")
	}
	for {
		for p.take("|") { // the first command may follow a bar, too
			continue
		}
		if len(p.tokens) == 0 {
			return &p.q, nil
		}
		if err := p.command(); err != nil {
			return nil, err
		}
		if len(p.tokens) > 0 && !p.tokens[0].is("|") {
			return nil, wrongAt(p.tokens[0], "unexpected symbol found %s", p.tokens[0].text)
		}
	}
}

func (p *insightsParser) peek() insightsToken {
	if len(p.tokens) == 0 {
		return insightsToken{at: len(p.text)}
	}
	return p.tokens[0]
}

func (p *insightsParser) next() insightsToken {
	t := p.peek()
	if len(p.tokens) > 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *insightsParser) take(word string) bool {
	if p.peek().is(word) {
		p.next()
		return true
	}
	return false
}

func (p *insightsParser) command() error {
	t := p.next()
	switch strings.ToLower(t.text) {
	case "fields", "display":
		return p.fields(t.is("display"))
	case "filter":
		e, err := p.expression()
		if err != nil {
			return err
		}
		p.q.steps = append(p.q.steps, func(rows []row) []row {
			return slices.DeleteFunc(rows, func(r row) bool { return !truthy(e(r)) })
		})
		return nil
	case "parse":
		return p.parse()
	case "stats":
		return p.stats()
	case "sort":
		return p.sort()
	case "limit":
		n, err := strconv.Atoi(p.next().text)
		if err != nil || n < 1 || n > maxResults {
			return wrongAt(t, "limit must be a number between 1 and %d", maxResults)
		}
		p.q.limit = n
		return nil
	}
	return wrongAt(t, "unexpected symbol found %s: the lab knows fields, display, filter, parse, stats, sort and limit", t.text)
}

// alias reads "as name".
func (p *insightsParser) alias(otherwise string) (string, error) {
	if !p.take("as") {
		return otherwise, nil
	}
	t := p.next()
	if t.kind != 'w' {
		return "", wrongAt(t, "a name must follow as")
	}
	return t.text, nil
}

func (p *insightsParser) fields(only bool) error {
	if only {
		p.q.fields = nil
	}
	for {
		from, before := p.peek(), len(p.tokens)
		e, err := p.expression()
		if err != nil {
			return err
		}
		name, err := p.alias(spelled(from, p, before))
		if err != nil {
			return err
		}
		if !slices.Contains(p.q.fields, name) {
			p.q.fields = append(p.q.fields, name)
		}
		if name != from.text || from.kind != 'w' {
			p.q.steps = append(p.q.steps, func(rows []row) []row {
				for _, r := range rows {
					r.set(name, e(r))
				}
				return rows
			})
		}
		if !p.take(",") {
			return nil
		}
	}
}

// source is the text of the query between two offsets.
func (p *insightsParser) source(from, to int) string { return strings.TrimSpace(p.text[from:to]) }

// parse takes fields out of a text by a glob: * for each.
func (p *insightsParser) parse() error {
	e, err := p.primary()
	if err != nil {
		return err
	}
	glob := p.next()
	if glob.kind != 'q' {
		return wrongAt(glob, "the lab knows parse with a glob in quotes")
	}
	if !p.take("as") {
		return wrongAt(p.peek(), "as must follow the glob")
	}
	var names []string
	for {
		t := p.next()
		if t.kind != 'w' {
			return wrongAt(t, "a name must stand for each *")
		}
		names = append(names, t.text)
		if !p.take(",") {
			break
		}
	}
	if strings.Count(glob.text, "*") != len(names) {
		return wrongAt(glob, "the glob has %d *, and there are %d names", strings.Count(glob.text, "*"), len(names))
	}
	pieces := strings.Split(glob.text, "*")
	p.q.steps = append(p.q.steps, func(rows []row) []row {
		for _, r := range rows {
			for i, v := range cut(display(e(r)), pieces) {
				r.set(names[i], v)
			}
		}
		return rows
	})
	return nil
}

// cut finds what stands between the pieces, or nothing at all.
func cut(s string, pieces []string) []string {
	i := strings.Index(s, pieces[0])
	if i < 0 {
		return nil
	}
	s = s[i+len(pieces[0]):]
	var out []string
	for n, piece := range pieces[1:] {
		end := len(s)
		if piece != "" || n < len(pieces)-2 {
			if end = strings.Index(s, piece); end < 0 {
				return nil
			}
		}
		out = append(out, s[:end])
		s = s[min(len(s), end+len(piece)):]
	}
	return out
}

func (p *insightsParser) sort() error {
	type by struct {
		e    expression
		desc bool
	}
	var keys []by
	for {
		e, err := p.expression()
		if err != nil {
			return err
		}
		desc := true // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
		switch {
		case p.take("asc"):
			desc = false
		case p.take("desc"):
		}
		keys = append(keys, by{e, desc})
		if !p.take(",") {
			break
		}
	}
	p.q.steps = append(p.q.steps, func(rows []row) []row {
		slices.SortStableFunc(rows, func(a, b row) int {
			for _, k := range keys {
				c := compare(k.e(a), k.e(b))
				if k.desc {
					c = -c
				}
				if c != 0 {
					return c
				}
			}
			return 0
		})
		return rows
	})
	return nil
}
