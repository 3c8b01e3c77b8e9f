// Package churn is the trial of the registrar in its steady state: a fleet of
// Services whose names are in Cloud Map already, and everything that happens to one
// in a year, within minutes. The real controller runs as a process on a whole lab,
// with every client habit at the fleet, and with AWS's rates.
//
//	fill     from the controller's start until every pod is in its name
//	rest     nothing happens: calls of AWS by operation
//	restart  a rolling restart of everything: failed requests, and the lag of each pod
//	vanish   somebody else takes an instance out: how long until it is back
//	outage   Cloud Map fails while pods come and go
//	leader   one of two controllers is killed in mid-restart
//
// Each phase is a file. What is measured ends in a Report, which says by itself
// whether it is what was promised. The arithmetic of lag is lab/lag's.
package churn
