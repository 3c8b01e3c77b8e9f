package convert

// taskSteps settle the fields of the task definition. They come first: what a pod has
// is known when the service's steps ask.
var taskSteps = []func(*conversion){
	(*conversion).contain,
}
