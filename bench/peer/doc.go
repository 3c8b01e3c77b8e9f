// Package peer is what is measured of ExternalDNS and of tranship: the runs, what
// is counted in each, and the table they end in. The lab measures; a contender
// here only does what its documents tell a person to do.
package peer
