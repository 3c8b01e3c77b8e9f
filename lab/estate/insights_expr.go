package estate

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is an event, or what stats made of some.
type row struct {
	event *event
	group string         // the log group's name
	made  map[string]any // fields that the query made
	body  *any           // of an event with a JSON message, once it was read
	ptr   string
}

func (r row) set(name string, v any) {
	if v == nil {
		delete(r.made, name)
		return
	}
	r.made[name] = v
}

// get is the value of a field, nil if the row has none: what the query made,
// what every event has, or what is discovered in a JSON message.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
func (r row) get(name string) any {
	if v, ok := r.made[name]; ok {
		return v
	}
	if r.event == nil {
		return nil
	}
	switch name {
	case "@timestamp":
		return moment(r.event.at)
	case "@ingestionTime":
		return moment(r.event.ingested)
	case "@message":
		return r.event.message
	case "@logStream":
		return r.event.stream.name
	case "@log":
		return r.group
	case "@ptr":
		return r.ptr
	}
	if !strings.HasPrefix(r.event.message, "{") {
		return r.flow(name)
	}
	if *r.body == nil {
		var v any
		if json.Unmarshal([]byte(r.event.message), &v) != nil {
			v = false
		}
		*r.body = v
	}
	v, _ := lookUp(*r.body, strings.Split(name, "."))
	switch v.(type) {
	case map[string]any, []any:
		return nil // only their leaves are fields
	}
	return v
}

// flowFields are discovered in flow logs of the default format, by position.
var flowFields = []string{
	"version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol", "packets", "bytes", "start", "end", "action", "logStatus",
}

func (r row) flow(name string) any {
	n := slices.Index(flowFields, name)
	if n < 0 {
		return nil
	}
	words := strings.Fields(r.event.message)
	if len(words) < len(flowFields) || words[n] == "-" {
		return nil
	}
	return words[n]
}

// moment is a time in milliseconds.
type moment int64

// display writes a value as GetQueryResults does.
func display(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case moment:
		return time.UnixMilli(int64(x)).UTC().Format("2006-01-02 15:04:05.000")
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		if x {
			return "1"
		}
		return "0"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case moment:
		return float64(x), true
	case string:
		n, err := strconv.ParseFloat(x, 64)
		return n, err == nil
	}
	return 0, false
}

// compare orders numbers by value and the rest as text; what is missing is first.
func compare(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(presence(a), presence(b))
	}
	x, isNumber := number(a)
	y, too := number(b)
	if isNumber && too {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(display(a), display(b))
}

func presence(v any) int {
	if v == nil {
		return 0
	}
	return 1
}

func truthy(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case bool:
		return x
	case string:
		return x != "" && x != "0"
	}
	n, _ := number(v)
	return n != 0
}

// expression is a value of a row.
type expression func(row) any

func (p *insightsParser) expression() (expression, error) {
	left, err := p.conjunction()
	for err == nil && p.take("or") {
		var right expression
		a := left
		right, err = p.conjunction()
		left = func(r row) any { return truthy(a(r)) || truthy(right(r)) }
	}
	return left, err
}

func (p *insightsParser) conjunction() (expression, error) {
	left, err := p.negation()
	for err == nil && p.take("and") {
		var right expression
		a := left
		right, err = p.negation()
		left = func(r row) any { return truthy(a(r)) && truthy(right(r)) }
	}
	return left, err
}

func (p *insightsParser) negation() (expression, error) {
	if p.take("not") {
		e, err := p.negation()
		return func(r row) any { return !truthy(e(r)) }, err
	}
	return p.comparison()
}

func (p *insightsParser) comparison() (expression, error) {
	left, err := p.primary()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	for _, op := range []string{"=", "!=", "<", ">", "<=", ">="} {
		if !t.is(op) {
			continue
		}
		p.next()
		right, err := p.primary()
		return func(r row) any {
			a, b := left(r), right(r)
			if a == nil || b == nil {
				return op == "!=" && a != b
			}
			c := compare(a, b)
			switch op {
			case "=":
				return c == 0
			case "!=":
				return c != 0
			case "<":
				return c < 0
			case ">":
				return c > 0
			case "<=":
				return c <= 0
			}
			return c >= 0
		}, err
	}
	not := p.take("not")
	var e expression
	switch {
	case p.take("like"), p.take("=~"):
		e, err = p.like(left)
	case p.take("in"):
		e, err = p.in(left)
	case not:
		return nil, wrongAt(p.peek(), "like or in must follow not")
	default:
		return left, nil
	}
	if not && err == nil {
		return func(r row) any { return !truthy(e(r)) }, nil
	}
	return e, err
}

func (p *insightsParser) like(left expression) (expression, error) {
	t := p.next()
	switch t.kind {
	case '/':
		re := regexp.MustCompile(t.text) // it was compiled when it was read
		return func(r row) any { v := left(r); return v != nil && re.MatchString(display(v)) }, nil
	case 'q':
		return func(r row) any { return strings.Contains(display(left(r)), t.text) }, nil
	}
	return nil, wrongAt(t, "like needs a text in quotes or a regular expression")
}

func (p *insightsParser) in(left expression) (expression, error) {
	if !p.take("[") {
		return nil, wrongAt(p.peek(), "in needs a list such as [1, 2]")
	}
	var values []expression
	for !p.take("]") {
		v, err := p.primary()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if !p.take(",") && !p.peek().is("]") {
			return nil, wrongAt(p.peek(), "] is missing")
		}
	}
	return func(r row) any {
		v := left(r)
		return v != nil && slices.ContainsFunc(values, func(e expression) bool { return compare(v, e(r)) == 0 })
	}, nil
}

// insightsFunctions are those that an expression can call, by how many values
// they take.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
var insightsFunctions = map[string]struct {
	arguments int
	call      func(v []any) any
}{
	"ispresent":   {1, func(v []any) any { return v[0] != nil }},
	"isempty":     {1, func(v []any) any { return display(v[0]) == "" }},
	"tolower":     {1, func(v []any) any { return strings.ToLower(display(v[0])) }},
	"toupper":     {1, func(v []any) any { return strings.ToUpper(display(v[0])) }},
	"strlen":      {1, func(v []any) any { return float64(len(display(v[0]))) }},
	"strcontains": {2, func(v []any) any { return strings.Contains(display(v[0]), display(v[1])) }},
	"isipv4insubnet": {2, func(v []any) any {
		a, err := netip.ParseAddr(display(v[0]))
		n, nerr := netip.ParsePrefix(display(v[1]))
		return err == nil && nerr == nil && n.Contains(a)
	}},
}

func (p *insightsParser) primary() (expression, error) {
	t := p.next()
	switch {
	case t.kind == 'q':
		return func(row) any { return t.text }, nil
	case t.is("("):
		e, err := p.expression()
		if err == nil && !p.take(")") {
			err = wrongAt(p.peek(), ") is missing")
		}
		return e, err
	case t.kind != 'w':
		return nil, wrongAt(t, "unexpected symbol found %s", t.text)
	}
	if n, err := strconv.ParseFloat(t.text, 64); err == nil {
		return func(row) any { return n }, nil
	}
	if !p.take("(") {
		return func(r row) any { return r.get(t.text) }, nil
	}
	if t.is("bin") {
		return p.bin()
	}
	f, known := insightsFunctions[strings.ToLower(t.text)]
	if !known {
		return nil, wrongAt(t, "unknown function %s", t.text)
	}
	var args []expression
	for !p.take(")") {
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		if !p.take(",") && !p.peek().is(")") {
			return nil, wrongAt(p.peek(), ") is missing")
		}
	}
	if len(args) != f.arguments {
		return nil, wrongAt(t, "%s takes %d values", t.text, f.arguments)
	}
	return func(r row) any {
		v := make([]any, len(args))
		for i, a := range args {
			v[i] = a(r)
		}
		return f.call(v)
	}, nil
}

// bin is the time of the event, rounded down to a period such as 5m.
func (p *insightsParser) bin() (expression, error) {
	t := p.next()
	period, err := time.ParseDuration(t.text)
	if err != nil || period < time.Millisecond {
		return nil, wrongAt(t, "bin needs a period such as 5m")
	}
	if !p.take(")") {
		return nil, wrongAt(p.peek(), ") is missing")
	}
	ms := period.Milliseconds()
	return func(r row) any {
		if r.event == nil {
			return nil
		}
		return moment(r.event.at - r.event.at%ms)
	}, nil
}
