package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
)

const usage = `cluster runs real Kubernetes clusters for tests.

  cluster tools                          build and install what clusters need; print the folder with kubectl and helm
  cluster up NAME...                     start clusters, side by side; those that run are left alone
      -size real|control-plane           control-plane: no containers, simulated nodes (the default without root)
      -nodes N                           with control-plane: how many simulated nodes (default 2)
  cluster down NAME... | -all            stop clusters and leave nothing of them
  cluster list                           names of the clusters that exist
  cluster info NAME                      addresses, paths and processes, as JSON
  cluster kubeconfig NAME                the admin's kubeconfig, straight to the API server
  cluster load-image NAME... FILE...     bring image archives (.tar) into clusters
  cluster partition NAME on|off          cut the pods off from the world; -all: the API server too
  cluster image -name N:T -out FILE ...  make an image archive without Docker; see image -help
`

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	commands := map[string]func([]string) error{
		"tools": runTools, "up": runUp, "down": runDown, "list": runList, "info": runInfo, "kubeconfig": runKubeconfig,
		"load-image": runLoadImage, "partition": runPartition, "image": runImage, "exec-in": runExecIn,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
	return commands[args[0]](args[1:])
}

func runTools([]string) error {
	tools, err := EnsureTools(isRoot())
	if err != nil {
		return err
	}
	fmt.Println(tools.Dir)
	return nil
}

func runUp(args []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	size := flags.String("size", "", "real or control-plane; default: real with root")
	nodes := flags.Int("nodes", 2, "simulated nodes of a control-plane cluster")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("up needs at least one name")
	}
	real := isRoot()
	switch *size {
	case "":
		if !real {
			fmt.Fprintln(os.Stderr, "cluster: without root there are no containers: starting control planes with simulated nodes (kwok)")
		}
	case "real":
		if !real {
			return errors.New("real clusters need root; use -size control-plane")
		}
	case "control-plane":
		real = false
	default:
		return fmt.Errorf("size %q: real or control-plane is needed", *size)
	}
	return Up(flags.Args(), UpOptions{Real: real, Nodes: *nodes})
}

func runDown(args []string) error {
	flags := flag.NewFlagSet("down", flag.ContinueOnError)
	all := flags.Bool("all", false, "every cluster below the home folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	names := flags.Args()
	if *all {
		var err error
		if names, err = List(); err != nil {
			return err
		}
	} else if len(names) == 0 {
		return errors.New("down needs names, or -all")
	}
	failed := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { failed[i] = Down(name) })
	}
	wait.Wait()
	return errors.Join(failed...)
}

func runList([]string) error {
	names, err := List()
	if err != nil {
		return err
	}
	for _, name := range names {
		fmt.Println(name)
	}
	return nil
}

func runInfo(args []string) error {
	c, err := one(args)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c.Info())
}

func runKubeconfig(args []string) error {
	c, err := one(args)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(c.path("admin.kubeconfig"))
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(raw)
	return err
}

func one(args []string) (*Cluster, error) {
	if len(args) != 1 {
		return nil, errors.New("exactly one name is needed")
	}
	return Load(args[0])
}

func runLoadImage(args []string) error {
	var clusters []*Cluster
	var files []string
	for _, arg := range args {
		if strings.HasSuffix(arg, ".tar") {
			files = append(files, arg)
			continue
		}
		c, err := Load(arg)
		if err != nil {
			return err
		}
		clusters = append(clusters, c)
	}
	if len(clusters) == 0 || len(files) == 0 {
		return errors.New("load-image needs names of clusters and .tar files")
	}
	for _, c := range clusters {
		for _, file := range files {
			if err := c.LoadImage(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func runPartition(args []string) error {
	flags := flag.NewFlagSet("partition", flag.ContinueOnError)
	all := flags.Bool("all", false, "cut the API server off from the host too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 || flags.Arg(1) != "on" && flags.Arg(1) != "off" {
		return errors.New("partition needs a name, and on or off")
	}
	c, err := Load(flags.Arg(0))
	if err != nil {
		return err
	}
	return c.Partition(flags.Arg(1) == "on", *all)
}

// runExecIn runs a command in a cluster's network namespace.
func runExecIn(args []string) error {
	if len(args) < 2 {
		return errors.New("exec-in needs a name and a command")
	}
	c, err := Load(args[0])
	if err != nil {
		return err
	}
	return c.inside(args[1], args[2:]...)
}
