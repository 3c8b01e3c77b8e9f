package convert

// schedule says whether one runs on each node.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
func (c *conversion) schedule() {
	n := c.service.Field("schedulingStrategy")
	if n.Text() == "DAEMON" {
		c.daemon = true
		n.Mapped("DaemonSet")
		return
	}
	n.Mapped("Deployment")
}

// desired is how many tasks ECS keeps; one where nothing is said.
func (c *conversion) desired() int64 {
	if n, ok := c.service.Field("desiredCount").Int(); ok {
		return min(max(n, 0), 1<<20) // more than any account may run
	}
	return 1
}

// count says how many pods there are, unless each node has one or a scaler counts them.
func (c *conversion) count() {
	n := c.service.Field("desiredCount")
	switch {
	case c.daemon:
		n.Mapped("DaemonSet", "each node has one")
	case c.scaled:
		n.Mapped("HorizontalPodAutoscaler spec.minReplicas", "the Deployment has no replicas, which would undo what was scaled")
	default:
		c.deployment.Replicas = new(int32(c.desired()))
		n.Mapped("Deployment spec.replicas")
	}
}
