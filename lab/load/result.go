package load

import "time"

// Result is what the clients saw, for JSON and for people. All times are in
// seconds.
type Result struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Requests are those that ended: ok, cut off or failed.
	Requests int `json:"requests"`
	Failed   int `json:"failed"`
	CutOff   int `json:"cutOff"` // not among the failed
	// WrongService are those of the failed that another service answered.
	WrongService   int          `json:"wrongService"`
	FailuresByKind map[Kind]int `json:"failuresByKind,omitempty"`
	// ByHabit holds the habits that were asked for, Pinned too, whose requests are
	// in no other number here.
	ByHabit    map[Habit]HabitCount    `json:"byHabit"`
	PerService map[string]ServiceCount `json:"perService"`

	// LongestOutageSeconds is the longest time in which each request of one
	// habit to one service failed. Exactly: take the requests of one habit and
	// service in the order of their starts and leave out those that were cut
	// off. A run of failures lasts from the start of its first to the start of
	// the request after it, which did not fail, or, if there is none, to the end
	// of its last. One failure between two answers so counts as the time until
	// the next request: the resolution is the distance of a pair's requests.
	LongestOutageSeconds float64 `json:"longestOutageSeconds"`
	// LongestOutage says where that was; nil if there was none.
	LongestOutage *Outage `json:"longestOutage,omitempty"`
	// EmptyAnswerSeconds adds up, over the services, the time from a look-up of
	// any client that found no address (NXDOMAIN, or no record) to the next that
	// found one, or to the end. Look-ups that failed say nothing.
	EmptyAnswerSeconds float64 `json:"emptyAnswerSeconds"`

	// Latency of requests that were ok, from their start, the look-up included,
	// without those that are slow by design; at most 12.5 % too high.
	LatencyP50Seconds float64 `json:"latencyP50Seconds"`
	LatencyP99Seconds float64 `json:"latencyP99Seconds"`

	// Failures are the first ones, in the order in which they ended.
	Failures []Failure `json:"failures,omitempty"`

	// Rate is what was asked for, AchievedRate how many requests per second were
	// started. Skipped were due longer than the window ago and were left out;
	// WorstLagSeconds is the most that a request started after it was due.
	// FellBehind says that the load was not the one asked for: some were
	// skipped, or less than 95 % were started.
	Rate            float64 `json:"rate"`
	AchievedRate    float64 `json:"achievedRate"`
	Skipped         int     `json:"skipped"`
	WorstLagSeconds float64 `json:"worstLagSeconds"`
	FellBehind      bool    `json:"fellBehind"`
}

// Count is what became of some requests.
type Count struct {
	Requests int `json:"requests"`
	Failed   int `json:"failed"`
	CutOff   int `json:"cutOff"`
}

// HabitCount is what became of the requests of one habit.
type HabitCount struct {
	Count
	// LastAnswered is when the last request began that got its answer; zero: none
	// did.
	LastAnswered time.Time    `json:"lastAnswered,omitzero"`
	Kinds        map[Kind]int `json:"kinds,omitempty"` // of the failed
}

// ServiceCount is what became of the requests to one service.
type ServiceCount struct {
	Count
	// AnsweredBy counts the ok answers by platform: the observed share.
	AnsweredBy         map[string]int `json:"answeredBy,omitempty"`
	EmptyAnswerSeconds float64        `json:"emptyAnswerSeconds"`
	// PinnedUntil is when the last request began in which a client that never looks
	// up again reached an address that did not answer it later; zero: none was lost.
	PinnedUntil time.Time `json:"pinnedUntil,omitzero"`
}

// Outage is where the longest outage was.
type Outage struct {
	Habit   Habit     `json:"habit"`
	Service string    `json:"service"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
}

// Failure is one failed request.
type Failure struct {
	At          time.Time `json:"at"` // its start
	TookSeconds float64   `json:"tookSeconds"`
	Habit       Habit     `json:"habit"`
	Client      string    `json:"client"` // its address
	Service     string    `json:"service"`
	Address     string    `json:"address,omitempty"` // empty: it never had one
	Reused      bool      `json:"reused,omitempty"`  // over a connection that was open before
	Kind        Kind      `json:"kind"`
	Error       string    `json:"error"`
}
