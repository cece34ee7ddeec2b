// Command openapi prints the hub's API description. `make generate` writes it to shared/api/openapi.json, from which the
// console's types are made.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fairlead/fairlead/hub/internal/rest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run() error {
	raw, err := rest.Description()
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		return err
	}
	pretty.WriteByte('\n')
	_, err = pretty.WriteTo(os.Stdout)
	return err
}
