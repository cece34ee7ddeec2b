package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Addresses of cluster N: the host's end of the cable, the node's, and its pods. A pod reaches the host's end through the
// node's NAT; nothing on the host reaches a pod.
func (c *Cluster) address() {
	if !c.Real {
		c.HostIP, c.NodeIP = "127.0.0.1", "127.0.0.1"
		return
	}
	c.HostIP = fmt.Sprintf("10.200.%d.1", c.Index)
	c.NodeIP = fmt.Sprintf("10.200.%d.2", c.Index)
	c.PodCIDR = fmt.Sprintf("10.85.%d.0/24", c.Index)
}

func (c *Cluster) netnsName() string { return "fairlead-" + c.Name }
func (c *Cluster) netns() string     { return filepath.Join("/run/netns", c.netnsName()) }
func (c *Cluster) cable() string     { return fmt.Sprintf("fairlead%d", c.Index) }

// makeNetwork lays the cable and sets up NAT inside the namespace.
func (c *Cluster) makeNetwork() error {
	ns := c.netnsName()
	for _, args := range [][]string{
		{"ip", "netns", "add", ns},
		{"ip", "link", "add", c.cable(), "type", "veth", "peer", "name", "eth0", "netns", ns},
		{"ip", "addr", "add", c.HostIP + "/24", "dev", c.cable()},
		{"ip", "link", "set", c.cable(), "up"},
		{"ip", "-n", ns, "addr", "add", c.NodeIP + "/24", "dev", "eth0"},
		{"ip", "-n", ns, "link", "set", "eth0", "up"},
		{"ip", "-n", ns, "link", "set", "lo", "up"},
		{"ip", "-n", ns, "route", "add", "default", "via", c.HostIP},
		{"nsenter", "--net=" + c.netns(), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward && echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"},
		{"nsenter", "--net=" + c.netns(), "iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-s", c.PodCIDR, "!", "-d", c.PodCIDR, "-o", "eth0", "-j", "MASQUERADE"},
		{"nsenter", "--net=" + c.netns(), "iptables", "-w", "-N", cutChain},
		{"nsenter", "--net=" + c.netns(), "iptables", "-w", "-I", "FORWARD", "-j", cutChain},
		{"nsenter", "--net=" + c.netns(), "iptables", "-w", "-I", "INPUT", "-j", cutChain},
		{"nsenter", "--net=" + c.netns(), "iptables", "-w", "-I", "OUTPUT", "-j", cutChain},
	} {
		if err := command(args[0], args[1:]...); err != nil {
			return fmt.Errorf("network of %s: %w", c.Name, err)
		}
	}
	// Traffic between pods on one bridge passes iptables only where this module is there; without it Services still work
	// for all but hairpins.
	command("nsenter", "--net="+c.netns(), "sh", "-c", "echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables")
	return nil
}

func (c *Cluster) removeNetwork() error {
	var failed error
	if _, err := os.Stat(filepath.Join("/sys/class/net", c.cable())); err == nil {
		failed = errors.Join(failed, command("ip", "link", "del", c.cable()))
	}
	if _, err := os.Stat(c.netns()); err == nil {
		failed = errors.Join(failed, command("ip", "netns", "del", c.netnsName()))
	}
	return failed
}

// cutChain holds the rules of a partition.
const cutChain = "FAIRLEAD-CUT"

// Partition drops what pods send to the world and get from it, without a word to either end, so that connections are
// half open as behind a pulled cable. With all, the API server is cut off from the host too.
func (c *Cluster) Partition(on, all bool) error {
	if !c.Real {
		return errors.New("a control plane without a network of its own cannot be cut off")
	}
	inside := func(args ...string) error {
		return command("nsenter", append([]string{"--net=" + c.netns(), "iptables", "-w"}, args...)...)
	}
	if err := inside("-F", cutChain); err != nil {
		return err
	}
	if !on {
		return nil
	}
	rules := [][]string{{"-A", cutChain, "-i", "eth0", "-o", "cni0", "-j", "DROP"}, {"-A", cutChain, "-i", "cni0", "-o", "eth0", "-j", "DROP"}}
	if all {
		rules = [][]string{{"-A", cutChain, "-i", "eth0", "-j", "DROP"}, {"-A", cutChain, "-o", "eth0", "-j", "DROP"}}
	}
	for _, rule := range rules {
		if err := inside(rule...); err != nil {
			return err
		}
	}
	return nil
}
