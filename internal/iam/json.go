package iam

import "encoding/json"

// APIVersion is what the JSON output says it is.
const APIVersion = "tranship.dev/iam/v1"

type jsonBundle struct {
	APIVersion string       `json:"apiVersion"`
	Attach     string       `json:"attach,omitempty"`
	Policies   []jsonPolicy `json:"policies"`
	Roles      []jsonRole   `json:"roles"`
}

type jsonPolicy struct {
	Name       string          `json:"name"`
	About      string          `json:"about"`
	Size       int             `json:"size"`
	Notes      []string        `json:"notes"`
	Statements []jsonStatement `json:"statements"`
	Document   json.RawMessage `json:"document"`
}

// jsonStatement is what a reviewer wants to know of a statement of the document.
type jsonStatement struct {
	Sid    string   `json:"sid"`
	Why    string   `json:"why"`
	Wide   string   `json:"wide,omitempty"`
	Source []string `json:"source"`
}

type jsonRole struct {
	Role     string      `json:"role"`
	Subjects []string    `json:"serviceAccounts"`
	Add      []statement `json:"add"`
	// Trust is the whole policy; absent where what the role has now is not known.
	Trust  json.RawMessage `json:"trust,omitempty"`
	Size   int             `json:"size,omitempty"`
	Decide []Decision      `json:"decide"`
}

// JSON is the bundle with apiVersion, for programs; documents stand in it as they go
// to IAM.
func (b Bundle) JSON() ([]byte, error) {
	out := jsonBundle{APIVersion: APIVersion, Attach: b.Attach, Policies: []jsonPolicy{}, Roles: []jsonRole{}}
	for _, p := range b.Policies {
		d, err := p.Document()
		if err != nil {
			return nil, err
		}
		j := jsonPolicy{Name: p.Name, About: p.About, Size: Size(d), Notes: append([]string{}, p.Notes...), Statements: []jsonStatement{}, Document: d}
		for _, s := range p.Statements {
			var source []string
			for _, a := range s.Actions {
				source = append(source, Source(a))
			}
			j.Statements = append(j.Statements, jsonStatement{s.Sid, s.Why, s.Wide, sorted(source)})
		}
		out.Policies = append(out.Policies, j)
	}
	for _, r := range b.Roles {
		j := jsonRole{Role: r.Trust.Role, Subjects: []string{}, Add: []statement{}, Decide: append([]Decision{}, r.decisions()...)}
		for _, s := range r.Subjects {
			j.Subjects = append(j.Subjects, s.Namespace+"/"+s.ServiceAccount)
		}
		j.Subjects = sorted(j.Subjects)
		for _, s := range r.added() {
			j.Add = append(j.Add, s.wire())
		}
		if r.Merged != nil {
			j.Trust, j.Size = r.Merged.Document, r.Merged.Size
		}
		out.Roles = append(out.Roles, j)
	}
	raw, err := encode(out)
	if err != nil {
		return nil, err
	}
	return indented(raw)
}
