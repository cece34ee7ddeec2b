package rest

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/api"
)

// enrolmentOf writes the lines that install an agent with a token. With the hub's own CA the first line fetches the
// certificate and compares it with its hash, which came by this answer and not by that connection.
func (s *Server) enrolmentOf(t cluster.EnrolmentToken) api.Enrolment {
	hub := s.o.Hub
	agentURL := s.o.AgentURL
	if agentURL == "" {
		agentURL = hub.URL
	}
	e := api.Enrolment{
		Token: t.Plain, ExpiresAt: t.ExpiresAt, HubURL: agentURL, CASHA256: hub.CASHA256, KeySHA256: hub.KeySHA256, ChartVersion: s.o.ChartVersion,
	}
	host := hub.URL
	if u, err := url.Parse(hub.URL); err == nil {
		host = u.Host
	}
	trust := []string{"--set hub.trust=system"}
	caFlag := ""
	if hub.CASHA256 != "" {
		e.Commands = append(e.Commands, fmt.Sprintf("curl -fsSk %s/ca.pem -o fairlead-ca.pem && echo '%s  fairlead-ca.pem' | sha256sum -c -", hub.URL, s.o.CAPEMSHA256))
		trust = []string{"--set hub.trust=pin", "--set hub.caSHA256=" + hub.CASHA256}
		caFlag = " --ca-file fairlead-ca.pem"
	}
	settings := append([]string{"--set hub.url=" + agentURL}, trust...)
	settings = append(settings, "--set hub.keySHA256="+hub.KeySHA256, "--set enrol.token="+t.Plain)
	if repository, tag, tagged := cutTag(s.o.AgentImage); repository != "" {
		settings = append(settings, "--set image.repository="+repository)
		if tagged {
			settings = append(settings, "--set image.tag="+tag)
		}
	}
	e.Commands = append(e.Commands, fmt.Sprintf("helm upgrade --install fairlead-agent oci://%s/charts/fairlead-agent --version %s%s --namespace fairlead --create-namespace %s",
		host, s.o.ChartVersion, caFlag, strings.Join(settings, " ")))
	return e
}

// cutTag parts "host:port/name:tag" at the tag.
func cutTag(image string) (repository, tag string, tagged bool) {
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:], true
	}
	return image, "", false
}
