package names

import "errors"

// Errors that adapters wrap so that the engine, and the verbs, can decide by them.
var (
	// ErrNotFound: the object is not there. Never used for "could not look".
	ErrNotFound = errors.New("not found")
	// ErrThrottled: AWS asked us to slow down; the call had no effect.
	ErrThrottled = errors.New("throttled")
	// ErrDenied: the credentials are wrong or do not allow it.
	ErrDenied = errors.New("denied")
	// ErrUnreachable: no answer; the call may or may not have had an effect.
	ErrUnreachable = errors.New("no answer")
	// ErrConflict: what was to be stored was changed by somebody else meanwhile.
	ErrConflict = errors.New("changed by someone else")
	// ErrInvalid: AWS will never accept this input.
	ErrInvalid = errors.New("invalid")
)
