package ledger

import "fmt"

// Outcome is what became of a field.
type Outcome string

// The outcomes. Of several for one field the later in this list counts.
const (
	Mapped        Outcome = "mapped"         // means the same there
	Dropped       Outcome = "dropped"        // has no meaning there, and nothing is missed
	Approximated  Outcome = "approximated"   // works there, with a difference that Why names
	NeedsDecision Outcome = "needs decision" // only a person can say
	Unsupported   Outcome = "unsupported"    // has no counterpart, or is not known
)

// Outcomes are all of them, from the best to the worst.
func Outcomes() []Outcome {
	return []Outcome{Mapped, Dropped, Approximated, NeedsDecision, Unsupported}
}

// rank orders them; -1 for what is none.
func (o Outcome) rank() int {
	for n, x := range Outcomes() {
		if x == o {
			return n
		}
	}
	return -1
}

// Entry is what became of one field of one document.
type Entry struct {
	Document string `json:"document"` // taskDefinition, service, scalableTarget …
	// Path leads to the field: containerDefinitions[app].portMappings[0].name. List
	// items that have a name are called by it.
	Path string `json:"path"`
	// Field is the path as AWS' model has it, without the names of items:
	// containerDefinitions[].portMappings[].name.
	Field   string  `json:"field"`
	Outcome Outcome `json:"outcome"`
	// To is where it went: the kind of the object and the path in it.
	To string `json:"to,omitempty"`
	// Why says what differs, why it is not missed, what has to be decided, or why
	// it can't be. Empty where it is mapped and nothing is to be said.
	Why string `json:"why,omitempty"`
}

// String is a line for people.
func (e Entry) String() string {
	s := fmt.Sprintf("%s %s: %s", e.Document, e.Path, e.Outcome)
	if e.To != "" {
		s += " → " + e.To
	}
	if e.Why != "" {
		s += " (" + e.Why + ")"
	}
	return s
}

// Decision is a question that only a person can answer. It is open until one of
// its answers was chosen.
type Decision struct {
	// ID is the same in every run: document and path, and what is asked.
	ID       string   `json:"id"`
	Document string   `json:"document"`
	Path     string   `json:"path"`
	Question string   `json:"question"`
	Answers  []Answer `json:"answers"`
	Chosen   string   `json:"chosen,omitempty"` // the Word of an answer; "" while open
}

// Answer is one way to decide.
type Answer struct {
	Word string `json:"word"` // what is written into the file of decisions
	Then string `json:"then"` // what tranship does then
}

// Open says that nobody decided yet.
func (d Decision) Open() bool { return d.Chosen == "" }
