// Package node is what runs the lab's containers: the node agent does for pods what a kubelet does, and TaskHost does the same
// for ECS tasks. Neither runs a real container; each pod or task is one stand-in (package standin) behind an address of the
// lab's VPC.
//
//   - Agent registers Nodes, watches the pods bound to them, gives each an address and a stand-in, reports status and readiness,
//     and takes it through preStop, SIGTERM, grace period and SIGKILL when it is deleted.
//   - TaskHost obeys the orders of the AWS model (start, SIGTERM, SIGKILL) and says when a container has exited.
//   - Event tells, for both, from when to when an address serves as which service, and when SIGTERM came: the truth that the
//     exposure oracle judges by.
//
// What belongs here: the life of a container as its orchestrator sees it. What does not: when a task is started or stopped
// (lab/cloud decides), how bytes reach an address (lab/vpc), and who asks (lab/load).
package node
