//go:build !linux

package clusterdns

// victimEnv is not used: only Linux kills children with their parent.
const victimEnv = "CLUSTERDNS_VICTIM"

func victim() int { return 2 }
