package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrNone says that there is no such secret, key or version.
var ErrNone = errors.New("no such secret")

// Store has the values of one account and region.
type Store struct {
	// Secrets are those of Secrets Manager by ARN: per version the JSON keys that it has.
	// A version is a stage (AWSCURRENT) or an id.
	Secrets map[string]map[string][]string
	// Parameters are those of Parameter Store, by ARN.
	Parameters []string
}

// Current is the version that is meant where none is named.
const Current = "AWSCURRENT"

// ValueFrom is what ECS puts in for a reference of a task definition: an ARN of
// Secrets Manager with JSON key, stage and id behind it, or a parameter's ARN or name.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
func (s Store) ValueFrom(ref string) (string, error) {
	part := strings.Split(ref, ":")
	if len(part) < 7 || part[2] != "secretsmanager" {
		return s.Parameter(ref)
	}
	part = append(part, "", "", "")
	version := Current
	if part[8] != "" {
		version = part[8]
	}
	if part[9] != "" {
		version = part[9]
	}
	return s.Secret(strings.Join(part[:7], ":"), part[7], version)
}

// Secret is a key of a secret's JSON, or with none all of it. The name is an ARN, or
// what its secret is called.
func (s Store) Secret(name, key, version string) (string, error) {
	if version == "" {
		version = Current
	}
	for arn, versions := range s.Secrets {
		called := arn[strings.LastIndexByte(arn, ':')+1:]
		if i := strings.LastIndexByte(called, '-'); name != arn && (i < 0 || name != called[:i]) {
			continue
		}
		keys, ok := versions[version]
		if !ok {
			return "", fmt.Errorf("%w: %s has no version %s", ErrNone, name, version)
		}
		all := map[string]string{}
		for _, k := range keys {
			all[k] = fmt.Sprintf("%s of %s at %s", k, called, version)
		}
		if key == "" {
			b, err := json.Marshal(all)
			return string(b), err
		}
		if all[key] == "" {
			return "", fmt.Errorf("%w: %s has no key %s", ErrNone, name, key)
		}
		return all[key], nil
	}
	return "", fmt.Errorf("%w: %s", ErrNone, name)
}

// Parameter is a parameter's value. The name is an ARN, or what follows parameter in it.
func (s Store) Parameter(name string) (string, error) {
	for _, arn := range s.Parameters {
		called := arn[strings.Index(arn, ":parameter/")+len(":parameter"):]
		if name == arn || name == called || "/"+name == called {
			return "the parameter " + called, nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrNone, name)
}
