package manifests

import (
	"os"
	"testing"

	"github.com/tranship/tranship/lab/cluster"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

func TestMain(m *testing.M) { os.Exit(clustertest.Main(m, cluster.Options{})) }
