package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is one that this tool started. The start time tells it from a later one with the same pid.
type Process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"`
}

// startTime is field 22 of /proc/PID/stat: clock ticks since boot.
func startTime(pid int) (string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("process %d has a strange stat", pid)
	}
	if fields[0] == "Z" {
		return "", os.ErrProcessDone
	}
	return fields[19], nil
}

func (p Process) alive() bool {
	start, err := startTime(p.PID)
	return err == nil && start == p.Start
}

// start runs a component in the background, in a session of its own, so that it outlives this program; its output goes
// to NAME.log.
func (c *Cluster) start(name string, program string, args ...string) error {
	log, err := os.OpenFile(c.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	if c.Real {
		args = append([]string{"--net=" + c.netns(), program}, args...)
		program = "/usr/bin/nsenter"
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	start, err := startTime(cmd.Process.Pid)
	if err != nil {
		return fmt.Errorf("%s ended at once: see %s", name, log.Name())
	}
	c.mu.Lock()
	c.Processes[name] = Process{cmd.Process.Pid, start}
	c.mu.Unlock()
	go cmd.Wait() // reaped while this program lives, by init afterwards
	return c.save()
}

// stopAll ends processes: politely, then not.
func stopAll(processes []Process) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, p := range processes {
			if p.alive() {
				syscall.Kill(p.PID, signal)
			}
		}
		deadline := time.Now().Add(5 * time.Second)
		for time.Now().Before(deadline) && anyAlive(processes) {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if anyAlive(processes) {
		return errors.New("some processes did not end")
	}
	return nil
}

func anyAlive(processes []Process) bool {
	for _, p := range processes {
		if p.alive() {
			return true
		}
	}
	return false
}

// strays finds the processes of this cluster that nobody has written down: those in its cgroups (containers), those in its
// network namespace, and containerd's shims, which name the cluster's folder.
func (c *Cluster) strays() []Process {
	var found []Process
	namespace, _ := os.Stat(c.netns())
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		start, err := startTime(pid)
		if err != nil {
			continue
		}
		proc := filepath.Join("/proc", entry.Name())
		cgroups, _ := os.ReadFile(filepath.Join(proc, "cgroup"))
		command, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		own, err := os.Stat(filepath.Join(proc, "ns", "net"))
		switch {
		case bytes.Contains(cgroups, []byte(":/"+c.cgroup()+"/")),
			bytes.HasPrefix(command, []byte("/usr/bin/containerd-shim")) && bytes.Contains(command, []byte(c.dir+"/")),
			err == nil && namespace != nil && os.SameFile(own, namespace):
			found = append(found, Process{pid, start})
		}
	}
	return found
}

// inside runs a command in the cluster's network namespace, with this program's output.
func (c *Cluster) inside(program string, args ...string) error {
	cmd := exec.Command("/usr/bin/nsenter", append([]string{"--net=" + c.netns(), program}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

// command runs a program and returns its error with what it said.
func command(program string, args ...string) error {
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, tail(out))
	}
	return nil
}
