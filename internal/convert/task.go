package convert

// taskSteps settle the fields of the task definition. They come first: what a pod has
// is known when the service's steps ask.
var taskSteps = []func(*conversion){
	(*conversion).platform,
	(*conversion).contain,
	(*conversion).depend,
	(*conversion).pull,
	(*conversion).size,
	(*conversion).accelerate,
	(*conversion).environment,
	(*conversion).secrets,
	(*conversion).expose,
	(*conversion).probe,
	(*conversion).restart,
	(*conversion).run,
	(*conversion).roles,
	(*conversion).stop,
}
