package conformance

import (
	"context"
	"errors"
	"time"
)

// actions are the commands that need nothing but Cloud Map's own calls.
var actions = map[string]action{
	"namespace":        {run: (*Session).fixture},
	"create-namespace": {run: (*Session).createNamespace},
	"update-namespace": {run: (*Session).updateNamespace},
	"delete-namespace": {run: (*Session).deleteNamespace},
	"get-namespace":    {run: (*Session).getNamespace, read: true},
	"namespaces":       {run: (*Session).listNamespaces, read: true},

	"create-service": {run: (*Session).createService},
	"update-service": {run: (*Session).updateService},
	"get-service":    {run: (*Session).getService, read: true},
	"delete-service": {run: (*Session).deleteService},
	"services":       {run: (*Session).listServices, read: true},

	"register":   {run: (*Session).register},
	"deregister": {run: (*Session).deregister},
	"instance":   {run: (*Session).getInstance, read: true},
	"instances":  {run: (*Session).listInstances, read: true},

	"operation":  {run: (*Session).getOperation, read: true},
	"operations": {run: (*Session).listOperations, read: true},

	"set-health": {run: (*Session).setHealth},
	"health":     {run: (*Session).getHealth, read: true},
	"discover":   {run: (*Session).discover, read: true},
	"revision":   {run: (*Session).revision, read: true},

	"tag":               {run: (*Session).tag},
	"untag":             {run: (*Session).untag},
	"tags":              {run: (*Session).listTags, read: true},
	"attributes":        {run: (*Session).getAttributes, read: true},
	"set-attributes":    {run: (*Session).setAttributes},
	"delete-attributes": {run: (*Session).deleteAttributes},

	"advance": {run: (*Session).advance},
}

// advance lets time pass.
func (s *Session) advance(ctx context.Context) (string, error) {
	d, err := time.ParseDuration(s.word(0))
	if err == nil && s.o.Advance == nil {
		err = errors.New("nobody lets time pass here")
	}
	if s.bad = err; s.bad == nil {
		return s.o.Advance(ctx, d)
	}
	return "", nil
}
