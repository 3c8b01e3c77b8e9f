package convert

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// mostTerms bounds what a query may grow to.
const mostTerms = 32

// queryOf reads an expression of ECS' cluster query language as terms of a node
// affinity, of which one has to hold. What it can't say exactly is an error.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
func queryOf(text string) ([]corev1.NodeSelectorTerm, error) {
	q := &query{words: wordsOf(text)}
	terms, err := q.either()
	if err != nil {
		return nil, err
	}
	if len(q.words) > 0 {
		return nil, fmt.Errorf("%q was not expected", q.words[0])
	}
	return terms, nil
}

// query is what is still to be read of an expression.
type query struct{ words []string }

// wordsOf cuts an expression into names, operators and parentheses.
func wordsOf(text string) []string {
	for _, sign := range []string{"(", ")", "[", "]", ",", "==", "=~", "!=", "&&", "||"} {
		text = strings.ReplaceAll(text, sign, " "+sign+" ")
	}
	return strings.Fields(strings.NewReplacer("!exists", "not_exists", "!in ", "not_in ").Replace(text))
}

// next takes a word if it is one of these.
func (q *query) next(words ...string) bool {
	if len(q.words) == 0 {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(q.words[0], w) {
			q.words = q.words[1:]
			return true
		}
	}
	return false
}

func (q *query) word() (string, error) {
	if len(q.words) == 0 {
		return "", errors.New("it ends too early")
	}
	w := q.words[0]
	q.words = q.words[1:]
	return strings.Trim(w, `"'`), nil
}

func (q *query) either() ([]corev1.NodeSelectorTerm, error) {
	terms, err := q.both()
	for err == nil && q.next("or", "||") {
		var more []corev1.NodeSelectorTerm
		more, err = q.both()
		terms = append(terms, more...)
	}
	return terms, err
}

func (q *query) both() ([]corev1.NodeSelectorTerm, error) {
	terms, err := q.one()
	for err == nil && q.next("and", "&&") {
		var more []corev1.NodeSelectorTerm
		if more, err = q.one(); err == nil {
			if terms = product(terms, more); len(terms) > mostTerms {
				err = errors.New("it has too many cases")
			}
		}
	}
	return terms, err
}

func (q *query) one() ([]corev1.NodeSelectorTerm, error) {
	if q.next("(") {
		terms, err := q.either()
		if err == nil && !q.next(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return terms, err
	}
	if q.next("not", "!") {
		return nil, errors.New("it denies a whole expression")
	}
	subject, err := q.word()
	if err != nil {
		return nil, err
	}
	key, err := labelOfAttribute(subject)
	if err != nil {
		return nil, err
	}
	r := corev1.NodeSelectorRequirement{Key: key}
	switch {
	case q.next("==", "equals"):
		r.Operator = corev1.NodeSelectorOpIn
		r.Values, err = q.values(key, false)
	case q.next("!=", "not_equals"):
		r.Operator = corev1.NodeSelectorOpNotIn
		r.Values, err = q.values(key, false)
	case q.next("in"):
		r.Operator = corev1.NodeSelectorOpIn
		r.Values, err = q.values(key, true)
	case q.next("not_in"):
		r.Operator = corev1.NodeSelectorOpNotIn
		r.Values, err = q.values(key, true)
	case q.next("exists"):
		r.Operator = corev1.NodeSelectorOpExists
	case q.next("not_exists"):
		r.Operator = corev1.NodeSelectorOpDoesNotExist
	default:
		err = fmt.Errorf("%s is compared in a way that labels of nodes can't be", subject)
	}
	return []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{r}}}, err
}

// values are one, or a list in brackets.
func (q *query) values(key string, list bool) ([]string, error) {
	var out []string
	if list && !q.next("[") {
		return nil, errors.New("a list begins with [")
	}
	for {
		w, err := q.word()
		if err != nil {
			return nil, err
		}
		if key == corev1.LabelArchStable && w == "x86_64" {
			w = "amd64"
		}
		if len(validation.IsValidLabelValue(w)) > 0 {
			return nil, fmt.Errorf("no label can be %q", w)
		}
		out = append(out, w)
		if !list || q.next("]") {
			return out, nil
		}
		if !q.next(",") {
			return nil, errors.New("a list ends with ]")
		}
	}
}
