// Real Kubernetes clusters for tests and the demo. A module of its own, without dependencies, so that the product's go.mod
// stays small and the tool builds in a second.
module github.com/fairlead/fairlead/test/cluster

go 1.26.0
