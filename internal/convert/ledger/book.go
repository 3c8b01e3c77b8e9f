package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// ErrDocument says that a document is not one: no JSON, or no JSON object.
var ErrDocument = errors.New("not a JSON object")

// Book is one document and what became of its fields so far. Not safe for
// concurrent use.
type Book struct {
	document string
	known    func(field string) bool
	root     *place
	chosen   map[string]string
	asked    []Decision
}

// place is a value of the document. An object's children are its fields in order
// of name, a list's its items in their order.
type place struct {
	path, field string
	name        string // by the one above
	value       any    // string, json.Number, bool, []any of such; nil for objects and lists of objects
	children    []*place
	byName      map[string]*place
	entry       *Entry
}

// Open reads a document that is called so in entries: JSON as AWS' own tools print
// it. Null, empty lists and empty objects count as not set. known says whether
// AWS' model has a field (Entry.Field); nil: all are known. chosen has the answers
// that people gave, by Decision.ID.
// Errors: ErrDocument.
func Open(document string, data []byte, known func(field string) bool, chosen map[string]string) (*Book, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", document, ErrDocument, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w: something follows it", document, ErrDocument)
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, fmt.Errorf("%s: %w", document, ErrDocument)
	}
	if known == nil {
		known = func(string) bool { return true }
	}
	root := build("", "", v)
	if root == nil {
		root = &place{}
	}
	return &Book{document: document, known: known, root: root, chosen: chosen}, nil
}

// build makes the tree; nil for what is not set.
func build(path, field string, v any) *place {
	p := &place{path: path, field: field}
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		p.byName = map[string]*place{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if c := build(join(path, name), join(field, name), v[name]); c != nil {
				c.name = name
				p.children, p.byName[name] = append(p.children, c), c
			}
		}
		if len(p.children) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		if !slices.ContainsFunc(v, nested) {
			p.value = v
			return p
		}
		used := map[string]bool{}
		for n, item := range v {
			called := itemName(item, n)
			for used[called] {
				called += "#" + strconv.Itoa(n)
			}
			used[called] = true
			if c := build(path+"["+called+"]", field+"[]", item); c != nil {
				c.name = called
				p.children = append(p.children, c)
			}
		}
		if len(p.children) == 0 {
			return nil
		}
	default:
		p.value = v
	}
	return p
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func nested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// itemName is what an item of a list is called: by its name if it has one.
func itemName(item any, n int) string {
	if m, ok := item.(map[string]any); ok {
		for _, key := range []string{"name", "key"} {
			if s, ok := m[key].(string); ok && s != "" {
				return s
			}
		}
	}
	return strconv.Itoa(n)
}

// Root is the document itself.
func (b *Book) Root() Node { return Node{b: b, p: b.root} }

// Fields counts the fields that are set: values, and lists of values as one.
func (b *Book) Fields() int {
	n := 0
	b.root.leaves(func(*place) { n++ })
	return n
}

func (p *place) leaves(f func(*place)) {
	if p.value != nil {
		f(p)
	}
	for _, c := range p.children {
		c.leaves(f)
	}
}

// Close lists every field that is set, in order of path, with what became of it;
// and the questions that were asked, in order of id.
func (b *Book) Close() ([]Entry, []Decision) {
	var out []Entry
	b.root.leaves(func(p *place) {
		e := Entry{Document: b.document, Path: p.path, Field: p.field}
		switch {
		case p.entry != nil:
			e.Outcome, e.To, e.Why = p.entry.Outcome, p.entry.To, p.entry.Why
		case !b.known(p.field):
			e.Outcome, e.Why = Unsupported, "AWS' model, as this version of tranship knows it, has no such field"
		default:
			e.Outcome, e.Why = Unsupported, "this version of tranship does nothing with it"
		}
		out = append(out, e)
	})
	slices.SortStableFunc(out, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	asked := slices.Clone(b.asked)
	slices.SortFunc(asked, func(a, b Decision) int { return cmp.Compare(a.ID, b.ID) })
	return out, asked
}
