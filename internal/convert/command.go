package convert

// run says what the containers run, where and as whom.
func (c *conversion) run() {
	for _, k := range c.containers {
		// What Docker calls the entry point is Kubernetes' command, and Docker's command
		// its arguments. Both take the image's where nothing is said, and neither takes
		// the image's command for an entry point that is not the image's.
		entry, command, dir := k.ecs.Field("entryPoint"), k.ecs.Field("command"), k.ecs.Field("workingDirectory")
		k.Command, k.Args, k.WorkingDir = escaped(entry.Texts()), escaped(command.Texts()), dir.Text()
		entry.Mapped(k.to("command"))
		command.Mapped(k.to("args"))
		dir.Mapped(k.to("workingDir"))
		k.Stdin, k.TTY = k.ecs.Field("interactive").Bool(), k.ecs.Field("pseudoTerminal").Bool()
		k.ecs.Field("interactive").Mapped(k.to("stdin"))
		k.ecs.Field("pseudoTerminal").Mapped(k.to("tty"))
		c.user(k)
	}
}
