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
	(*conversion).hint,
	(*conversion).expose,
	(*conversion).probe,
	(*conversion).restart,
	(*conversion).run,
	(*conversion).namespaces,
	(*conversion).names,
	(*conversion).store,
	(*conversion).linux,
	(*conversion).dockerLabels,
	(*conversion).log,
	(*conversion).roles,
	(*conversion).stop,
	(*conversion).record,
}
