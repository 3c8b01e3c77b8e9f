package gate

import "time"

// Reason is the word that stands in the pod's condition, in events and in
// metrics. Most of them are the engine's: it knows what is in a name.
type Reason string

// ReasonNotClaimed: no Service whose pods have a name selects the pod any more.
const ReasonNotClaimed Reason = "NotClaimed"

// DefaultTimeout is how long a ready pod waits for its name, unless told
// otherwise.
const DefaultTimeout = 5 * time.Minute
