package convert

// serviceSteps settle the fields of the service, of its scaling, and what of its task
// definition only the service explains.
var serviceSteps = []func(*conversion){}
