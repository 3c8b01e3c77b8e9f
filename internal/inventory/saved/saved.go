package saved

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// Kind is what a file is.
type Kind string

// The kinds.
const (
	TaskDefinition Kind = "ECS task definition"
	Services       Kind = "ECS services"
	CloudFormation Kind = "CloudFormation template"
	Terraform      Kind = "Terraform plan or state"
	Snapshot       Kind = "tranship inventory"
)

// File is what was read from one file.
type File struct {
	Name string // in errors
	Data []byte
}

// Options say what files don't.
type Options struct {
	// Account and Region are where a template or a plan will be; "" if not known.
	Account, Region string
	// Parameters are the values of a template's parameters, in place of the defaults.
	Parameters map[string]string
}

// Stand-ins where neither a file nor Options say the place. A Warning says so.
const (
	NoAccount = "000000000000"
	NoRegion  = "unknown"
)

// Result is what the files say, together.
type Result struct {
	Kinds []Kind // of each file
	// Snapshot is sorted, and not sealed: the caller knows the time.
	Snapshot   *inventory.Snapshot
	Unresolved []Unresolved // sorted
	Warnings   []Warning    // sorted
}

// Unresolved is a place whose value the file does not have.
type Unresolved struct {
	Object string // the service or task definition, as the file calls it
	Path   string // in ECS' spelling: containerDefinitions[0].image
	What   string // what stands there: {"Fn::ImportValue":"vpc"}, or known after apply
}

// Warning is what a person should know.
type Warning struct {
	Object string
	Text   string
}

// ErrKind says that a file is none of the kinds.
var ErrKind = errors.New("not a file that is known")

// MissingError says that services run task definitions that no file has.
type MissingError struct {
	// Services, as cluster/service, and the task definition of each, "" if not known.
	Services, TaskDefinitions []string
}

// Error says how to get them.
func (e *MissingError) Error() string {
	var all []string
	for i, s := range e.Services {
		all = append(all, fmt.Sprintf("the service %s runs %s", s, cmp.Or(e.TaskDefinitions[i], "what the file does not tell")))
	}
	return fmt.Sprintf("no file has the task definition: %s; `aws ecs describe-task-definition --include TAGS --task-definition %s` prints it; give both files",
		strings.Join(all, ", "), cmp.Or(e.TaskDefinitions[0], "FAMILY"))
}

// Unwrap makes it names.ErrNotFound.
func (e *MissingError) Unwrap() error { return names.ErrNotFound }

// Read reads files that belong together, such as a service's and its task definition's.
// Errors: ErrKind; names.ErrInvalid for what is not as it should be; *MissingError.
func Read(files []File, o Options) (*Result, error) {
	r := &reading{o: o, s: &inventory.Snapshot{}, out: &Result{}}
	for _, f := range files {
		kind, err := r.file(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmp.Or(f.Name, "the file"), err)
		}
		r.out.Kinds = append(r.out.Kinds, kind)
	}
	if err := r.link(); err != nil {
		return nil, err
	}
	r.s.Sort()
	r.out.Snapshot = r.s
	slices.SortFunc(r.out.Unresolved, func(a, b Unresolved) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Path, b.Path), cmp.Compare(a.What, b.What))
	})
	slices.SortFunc(r.out.Warnings, func(a, b Warning) int { return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Text, b.Text)) })
	r.out.Unresolved, r.out.Warnings = slices.Compact(r.out.Unresolved), slices.Compact(r.out.Warnings)
	return r.out, nil
}

// reading is one Read.
type reading struct {
	o   Options
	s   *inventory.Snapshot
	out *Result
}

func (r *reading) warn(object, format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, Warning{object, fmt.Sprintf(format, args...)})
}

// here is the place where the file itself says none.
func (r *reading) here() inventory.Place {
	return inventory.Place{Account: cmp.Or(r.o.Account, NoAccount), Region: cmp.Or(r.o.Region, NoRegion)}
}

// placeOf is the place that an ARN says.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (r *reading) placeOf(arn string) inventory.Place {
	if p := strings.SplitN(arn, ":", 6); len(p) == 6 && p[0] == "arn" && p[3] != "" && p[4] != "" {
		return inventory.Place{Account: p[4], Region: p[3]}
	}
	return r.here()
}

// arn makes one for what has none yet.
func arn(p inventory.Place, service, resource string) string {
	return "arn:aws:" + service + ":" + p.Region + ":" + p.Account + ":" + resource
}

// last is the part of an ARN or path behind the last slash.
func last(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
