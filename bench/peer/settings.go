package peer

import (
	"io"
	"time"
)

// Settings are the same for both contenders.
type Settings struct {
	Services int           // of the fleet that is moved
	Idle     int           // of the fleet at rest; 0 for none
	Rest     time.Duration // how long that is watched
	Timing   string        // fast or aws
	Rates    string        // as the lab names them
	TTL      time.Duration
	Rate     float64 // requests per second
	Control  time.Duration
	Only     string // part of the name of the runs that are wanted

	Tranship, ExternalDNS string // binaries
	Logs                  string // folder for what they print
	Progress              io.Writer
}

// Of each service.
const (
	tasks = 2
	pods  = 2
	// differentTTL is what the Services ask for where their TTL is to differ.
	differentTTL = 30
)
