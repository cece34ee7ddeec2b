package main

import (
	"fmt"
	"net/http"
)

// startKwok makes simulated nodes and starts kwok, which plays their kubelets: pods there become Running, and nothing runs.
func (c *Cluster) startKwok() error {
	client, err := c.client()
	if err != nil {
		return err
	}
	for i := range c.Nodes {
		node := fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"%s-%d","annotations":{"kwok.x-k8s.io/node":"fake"},
			"labels":{"kubernetes.io/hostname":"%[1]s-%[2]d","type":"kwok"}},
			"status":{"allocatable":{"cpu":"64","memory":"256Gi","pods":"5000"},"capacity":{"cpu":"64","memory":"256Gi","pods":"5000"}}}`, c.nodeName(), i)
		if err := client.do(http.MethodPost, "/api/v1/nodes", node, nil); err != nil {
			return fmt.Errorf("make simulated node: %w", err)
		}
	}
	return c.start("kwok", c.tools.path("kwok"), "--kubeconfig="+c.path("admin.kubeconfig"),
		"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--server-address=127.0.0.1:"+c.port("kwok", 10247))
}
