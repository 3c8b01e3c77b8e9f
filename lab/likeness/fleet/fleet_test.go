package fleet

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/sees/ecstask"
)

// The model takes all of them, and ECS would start their tasks.
func TestTheModelTakesThem(t *testing.T) {
	c := cloud.New(cloud.Config{Seed: 1, Start: time.Unix(0, 0), Account: lab.Account, Region: Region, Timing: cloud.Fast()})
	f := cloud.Fleet{}
	shapes := Shapes(50)
	for n, s := range shapes {
		f.Services = append(f.Services, cloud.FleetService{
			Name: lab.ServiceName(n + 1), Tasks: 2, Nameless: s.Nameless, Define: s.Define, Create: s.Create,
		})
	}
	if err := c.SeedFleet(f); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, task := range c.Tasks() {
		def, launch, _ := c.DefinitionOf(task.ID)
		w := ecstask.World{Task: def, Fargate: launch == types.LaunchTypeFargate, Region: Region, Secret: Store().ValueFrom, File: File}
		if _, err := w.Report(); err != nil {
			t.Errorf("%s: %v", task.Service, err)
		}
		seen[task.Service]++
	}
	for n, s := range shapes {
		if seen[lab.ServiceName(n+1)] == 0 {
			t.Errorf("%s: nothing of it runs", s.Title)
		}
	}
}

func TestShapes(t *testing.T) {
	titles := map[string]bool{}
	named := 0
	for _, s := range Shapes(50) {
		if titles[s.Title] {
			t.Errorf("%s is there twice", s.Title)
		}
		titles[s.Title] = true
		if !s.Nameless {
			named++
		}
	}
	if len(titles) != 50 || named < 40 {
		t.Errorf("%d shapes, %d with a name", len(titles), named)
	}
	if got := len(Shapes(3)); got != 3 {
		t.Errorf("asked for 3, got %d", got)
	}
}
