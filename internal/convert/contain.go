package convert

// contain makes a container of each that the task definition has.
func (c *conversion) contain() {
	for _, n := range c.task.Field("containerDefinitions").Items() {
		k := &container{ecs: n}
		k.Name = label(n.Field("name").Text())
		if name := n.Field("name"); name.Text() != k.Name {
			name.Approximated("containers[].name", "Kubernetes takes no such name: it is called "+k.Name)
		} else {
			name.Mapped("containers[].name")
		}
		k.Image = n.Field("image").Text()
		n.Field("image").Mapped("containers[].image")
		c.containers = append(c.containers, k)
	}
}
