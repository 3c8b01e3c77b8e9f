// Package sim runs the real engine, with the real adapters, over lab/cloud in
// virtual time, and lets everything interleave: two controllers, crashes at any
// port call, lost replies, freezes, ECS' reactions, pods that come and go,
// infrastructure code and people.
// Crossings are one kind of run, names without a migration (Steady) the other.
//
// Every actor is a coroutine that runs until it pauses; one seeded queue picks
// who runs next. So a seed is a run: the same bytes each time. What a run did to
// clients is judged by lab/load/exposure, exactly and not by sampling.
package sim
