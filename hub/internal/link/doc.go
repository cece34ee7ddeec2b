// Package link owns the live links of the hub: it takes tunnel connections, lets the first exchange run, keeps the newest
// link of each cluster, knows its state, hears the agent's facts, and opens streams of the right class for those who
// carry requests. What was true of a link in the past is written through the clusters' store; nothing here outlives the
// process, since agents sign in again.
//
// Who may come in is decided by hub/internal/cluster; what people may do over a link by access and by the agent.
package link
