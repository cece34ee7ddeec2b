package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// apiClient asks the API server, as admin, the few things that starting a cluster needs.
type apiClient struct {
	server string
	http   *http.Client
}

func (c *Cluster) client() (*apiClient, error) {
	pair, err := tls.LoadX509KeyPair(c.path("pki/admin.crt"), c.path("pki/admin.key"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(c.path("pki/ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("the cluster's CA cannot be read")
	}
	return &apiClient{server: c.server(), http: &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}},
	}}, nil
}

func (a *apiClient) do(method, path, body string, into any) error {
	request, err := http.NewRequest(method, a.server+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, tail(raw))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func (a *apiClient) ready() bool { return a.do(http.MethodGet, "/readyz", "", nil) == nil }

func (a *apiClient) defaultAccount() bool {
	return a.do(http.MethodGet, "/api/v1/namespaces/default/serviceaccounts/default", "", nil) == nil
}

// nodeReady reports whether there is a node and all are ready.
func (a *apiClient) nodeReady() bool {
	var nodes struct {
		Items []struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if a.do(http.MethodGet, "/api/v1/nodes", "", &nodes) != nil || len(nodes.Items) == 0 {
		return false
	}
	for _, n := range nodes.Items {
		ready := false
		for _, condition := range n.Status.Conditions {
			ready = ready || condition.Type == "Ready" && condition.Status == "True"
		}
		if !ready {
			return false
		}
	}
	return true
}
