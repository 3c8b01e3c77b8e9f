package iam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Bundle is what one run prints.
type Bundle struct {
	Policies []Policy
	// Attach is the name of the role that the policies are for; "": none is named.
	Attach string
	Roles  []Role
}

// Role is a task's role, and what has to be added to it.
type Role struct {
	Trust
	// Merged is its whole trust policy; nil where what it has now is not known.
	Merged *Merged
	Decide []Decision
}

// Decisions are all that a person has to look at, in order.
func (b Bundle) Decisions() []Decision {
	var out []Decision
	for _, r := range b.Roles {
		out = append(out, r.decisions()...)
	}
	return out
}

func (r Role) decisions() []Decision {
	out := slices.Clone(r.Decide)
	if r.Merged != nil {
		out = append(slices.Clone(r.Merged.Decide), out...)
	}
	return out
}

// added are the statements that the role's trust policy lacks.
func (r Role) added() []Statement {
	if r.Merged != nil {
		return r.Merged.Added
	}
	return numbered(r.Statements())
}

// Sort puts roles in order.
func (b *Bundle) Sort() {
	slices.SortFunc(b.Roles, func(a, c Role) int {
		return cmp.Or(cmp.Compare(a.Trust.Role, c.Trust.Role), cmp.Compare(a.Issuer+a.Cluster, c.Issuer+c.Cluster))
	})
}

// comment writes lines of text as comments, wrapped.
func comment(b *strings.Builder, indent string, texts ...string) {
	const width = 100
	for _, text := range texts {
		line := ""
		for word := range strings.FieldsSeq(text) {
			if line != "" && len(indent)+2+len(line)+1+len(word) > width {
				b.WriteString(indent + "# " + line + "\n")
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		if line != "" {
			b.WriteString(indent + "# " + line + "\n")
		}
	}
}

// remarks are what stands above a statement.
func (s Statement) remarks() []string {
	out := []string{s.Why}
	if s.Wide != "" {
		out = append(out, "Wide: "+s.Wide+".")
	}
	return out
}

// sentence ends a text with a full stop, unless it ends otherwise.
func sentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// unique are names that are taken.
type unique map[string]bool

// name is the name, with a number if it is taken.
func (u unique) name(name string) string {
	out := name
	for n := 2; u[out]; n++ {
		out = fmt.Sprintf("%s%d", name, n)
	}
	u[out] = true
	return out
}

// identifier makes of a name one that Terraform takes: letters, digits and _.
func identifier(name string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
	if id == "" || id[0] >= '0' && id[0] <= '9' {
		id = "_" + id
	}
	return id
}

// logicalID makes of a name one that CloudFormation takes: letters and digits.
func logicalID(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' && up:
			b.WriteRune(r - 'a' + 'A')
			up = false
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			up = false
		default:
			up = true
		}
	}
	if b.Len() == 0 {
		return "X"
	}
	return b.String()
}

// Forms are the outputs that Text knows.
var Forms = []string{"json", "terraform", "cloudformation"}

// Text is the bundle in one of Forms.
func (b Bundle) Text(form string) ([]byte, error) {
	switch form {
	case "json":
		return b.JSON()
	case "terraform":
		return b.Terraform()
	case "cloudformation":
		return b.CloudFormation()
	}
	return nil, fmt.Errorf("%q is none of %s", form, strings.Join(Forms, ", "))
}
