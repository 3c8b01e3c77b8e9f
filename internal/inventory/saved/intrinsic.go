package saved

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The intrinsic functions of a template, as far as the template alone tells their values.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

// deepest bounds functions in functions, and what leads to itself; mostWork how many
// values are looked at and bytes made of them, a function counting as oneCall of those.
// The largest template that CloudFormation takes needs a part of it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const (
	deepest  = 64
	mostWork = 1 << 23
	oneCall  = 1 << 7
)

// spend counts work; false when it is too much.
func (t *template) spend(n int) bool {
	t.work += n
	return t.work <= mostWork
}

// noValue stands for a property that is left out.
type noValue struct{}

// resolve gives a value with all functions in it replaced that can be. The others stay
// as they are.
func (t *template) resolve(v any, depth int) any {
	if depth > deepest || !t.spend(1) {
		return v
	}
	switch v := v.(type) {
	case object:
		if intrinsic(v) {
			if got, ok := t.call(v, depth+1); ok {
				return got
			}
			return v
		}
		out := object{}
		for k, one := range v {
			if got := t.resolve(one, depth+1); got != (noValue{}) {
				out[k] = got
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, one := range v {
			if got := t.resolve(one, depth+1); got != (noValue{}) {
				out = append(out, got)
			}
		}
		return out
	}
	return v
}

// call gives the value of one function; false if the template does not tell.
func (t *template) call(f object, depth int) (any, bool) {
	if !t.spend(oneCall) {
		return nil, false
	}
	for name, arg := range f {
		switch name {
		case "Ref":
			return t.ref(scalar(arg), depth)
		case "Fn::GetAtt":
			return t.attribute(arg, depth)
		case "Fn::Sub":
			return t.sub(arg, depth)
		case "Fn::Join":
			return t.join(t.resolve(arg, depth))
		case "Fn::Split":
			return t.split(t.resolve(arg, depth))
		case "Fn::Select":
			return t.pick(t.resolve(arg, depth))
		case "Fn::FindInMap":
			return t.find(t.resolve(arg, depth))
		case "Fn::If":
			return t.choose(arg, depth)
		}
	}
	return nil, false
}

// known is a text that is resolved; false for what still has a function in it.
func known(v any) (string, bool) {
	switch v.(type) {
	case object, []any, nil:
		return "", false
	}
	return scalar(v), true
}

var variable = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// sub fills the variables of a text in: all of them, or none.
func (t *template) sub(arg any, depth int) (any, bool) {
	with := object{}
	if list, ok := arg.([]any); ok && len(list) == 2 {
		arg = list[0]
		with, _ = list[1].(object)
	}
	pattern, ok := arg.(string)
	if !ok {
		return nil, false
	}
	whole := true
	text := variable.ReplaceAllStringFunc(pattern, func(match string) string {
		part := variable.FindStringSubmatch(match)
		name := strings.TrimSpace(part[2])
		if part[1] == "!" {
			return "${" + part[2] + "}" // a literal
		}
		var v any
		var ok bool
		if own, given := with[name]; given {
			v, ok = t.resolve(own, depth), true
		} else if id, attribute, is := strings.Cut(name, "."); is {
			v, ok = t.attribute([]any{id, attribute}, depth)
		} else {
			v, ok = t.ref(name, depth)
		}
		s, plain := known(v)
		whole = whole && ok && plain && t.spend(len(s))
		return s
	})
	return text, whole
}

func (t *template) join(arg any) (any, bool) {
	args, _ := arg.([]any)
	if len(args) != 2 {
		return nil, false
	}
	list, ok := args[1].([]any)
	between, plain := known(args[0])
	if !ok || !plain {
		return nil, false
	}
	var all []string
	for _, v := range list {
		s, ok := known(v)
		if !ok || !t.spend(len(s)) {
			return nil, false
		}
		all = append(all, s)
	}
	return strings.Join(all, between), true
}

func (t *template) split(arg any) (any, bool) {
	args, _ := arg.([]any)
	if len(args) != 2 {
		return nil, false
	}
	at, ok := known(args[0])
	text, plain := known(args[1])
	if !ok || !plain || at == "" {
		return nil, false
	}
	var all []any
	for part := range strings.SplitSeq(text, at) {
		all = append(all, part)
	}
	return all, true
}

func (t *template) pick(arg any) (any, bool) {
	args, _ := arg.([]any)
	if len(args) != 2 {
		return nil, false
	}
	list, _ := args[1].([]any)
	i := number(object{"i": args[0]}, "i")
	if _, ok := known(args[0]); !ok || i < 0 || i >= len(list) {
		return nil, false
	}
	o, isObject := list[i].(object)
	return list[i], !isObject || !intrinsic(o)
}

func (t *template) find(arg any) (any, bool) {
	args, _ := arg.([]any)
	if len(args) < 3 {
		return nil, false
	}
	at := any(t.mappings)
	for _, key := range args[:3] {
		k, ok := known(key)
		level, is := at.(object)
		if !ok || !is || level[k] == nil {
			return nil, false
		}
		at = level[k]
	}
	return at, true
}

// choose is Fn::If.
func (t *template) choose(arg any, depth int) (any, bool) {
	args, _ := arg.([]any)
	if len(args) != 3 {
		return nil, false
	}
	yes, ok := t.condition(scalar(args[0]), depth)
	if !ok {
		return nil, false
	}
	if !yes {
		return t.resolve(args[2], depth), true
	}
	return t.resolve(args[1], depth), true
}

// condition tells a named condition; ok is false if the template does not.
func (t *template) condition(name string, depth int) (yes, ok bool) {
	c, there := t.conditions[name]
	if !there || depth > deepest || !t.spend(oneCall) {
		return false, false
	}
	return t.truth(c, depth+1)
}

func (t *template) truth(v any, depth int) (yes, ok bool) {
	o, _ := v.(object)
	if len(o) != 1 || depth > deepest {
		return false, false
	}
	for name, arg := range o {
		args, _ := arg.([]any)
		switch name {
		case "Condition":
			return t.condition(scalar(arg), depth)
		case "Fn::Equals":
			return t.equals(args, depth)
		case "Fn::Not":
			if len(args) == 1 {
				yes, ok = t.truth(args[0], depth+1)
				return !yes, ok
			}
		case "Fn::And", "Fn::Or":
			// One that decides it is enough, whatever the others are.
			decides, all := name == "Fn::Or", len(args) > 0
			for _, a := range args {
				switch yes, ok := t.truth(a, depth+1); {
				case ok && yes == decides:
					return decides, true
				case !ok:
					all = false
				}
			}
			return !decides, all
		}
	}
	return false, false
}

func (t *template) equals(args []any, depth int) (yes, ok bool) {
	if len(args) != 2 {
		return false, false
	}
	a, ok := known(t.resolve(args[0], depth))
	b, also := known(t.resolve(args[1], depth))
	return a == b, ok && also
}

// unresolved notes every function that is left in a document.
func (r *reading) unresolved(of string, doc any) {
	walk(doc, "", func(path string, v any) bool {
		o, ok := v.(object)
		if !ok || !intrinsic(o) {
			return true
		}
		what, err := json.Marshal(o)
		if err != nil {
			what = []byte(strings.Join(slices.Sorted(maps.Keys(o)), ""))
		}
		r.out.Unresolved = append(r.out.Unresolved, Unresolved{Object: of, Path: path, What: string(what)})
		return false
	})
}
