package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sirupsen/logrus"
)

// row is one measurement that is held against a bar. Value and Bar are ratios.
type row struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Bar     string  `json:"bar"`
	Holds   bool    `json:"holds"`
	Against string  `json:"against"`
}

func main() {
	out := flag.String("out", "", "file for the rows as JSON (required)")
	rounds := flag.Int("rounds", 7, "rounds of each carrier; the median counts")
	mib := flag.Int("mib", 256, "MiB that each stream carries")
	delay := flag.Duration("delay", 50*time.Millisecond, "one-way delay of the second window table; 0 leaves it out")
	flag.Parse()
	logrus.SetOutput(io.Discard) // remotedialer's only logger
	if *out == "" || *rounds < 1 || *mib < 1 {
		flag.Usage()
		os.Exit(2)
	}
	rows, err := run(*rounds, int64(*mib)<<20, *delay)
	if err == nil {
		err = write(*out, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tunnel benchmark:", err)
		os.Exit(1)
	}
}

func run(rounds int, size int64, delay time.Duration) ([]row, error) {
	server, client, err := certificates()
	if err != nil {
		return nil, err
	}
	b := &bench{server: server, client: client}
	session, err := b.session("Fairlead tunnel (bulk)", 0, 0)
	if err != nil {
		return nil, err
	}
	defer session.close()
	rancher, err := b.remoteDialer()
	if err != nil {
		return nil, err
	}
	defer rancher.close()
	plain := b.plainTLS()
	others, err := b.windows(0, 4, 8)
	if err != nil {
		return nil, err
	}
	defer closeAll(others)
	rates, err := measure(append([]*carrier{plain, session, rancher}, others...), rounds, size)
	if err != nil {
		return nil, err
	}
	medians := print(fmt.Sprintf("one stream of %d MiB, agent to hub, loopback, %d rounds", size>>20, rounds), rates)

	if delay > 0 {
		distant, err := b.windows(delay, 4, 8, 16)
		if err != nil {
			return nil, err
		}
		defer closeAll(distant)
		// A window of 4 MiB moves 40 MiB/s at most at 100 ms, so a part of the size is enough.
		rates, err := measure(distant, min(rounds, 3), max(size/4, 1<<20))
		if err != nil {
			return nil, err
		}
		print(fmt.Sprintf("yamux window, %s round trip", 2*delay), rates)
	}
	ratio := func(name, against string, bar float64) row {
		value := medians[session.name] / medians[against]
		return row{name, value, "ratio", fmt.Sprintf(">= %.2f", bar), value >= bar, against}
	}
	rows := []row{
		ratio("bulk stream vs plain TLS", plain.name, 0.50),
		ratio("bulk stream vs remotedialer", rancher.name, 2.0),
	}
	for _, r := range rows {
		fmt.Printf("%s: %.2f (bar %s, holds: %t)\n", r.Name, r.Value, r.Bar, r.Holds)
	}
	return rows, nil
}

// windows returns a session for each window size in MiB.
func (b *bench) windows(delay time.Duration, sizes ...uint32) ([]*carrier, error) {
	var carriers []*carrier
	for _, mib := range sizes {
		c, err := b.session(fmt.Sprintf("Fairlead tunnel, %d MiB window", mib), mib<<20, delay)
		if err != nil {
			closeAll(carriers)
			return nil, err
		}
		carriers = append(carriers, c)
	}
	return carriers, nil
}

func closeAll(carriers []*carrier) {
	for _, c := range carriers {
		c.close()
	}
}

// result is a carrier's rates in MiB/s, one for each round.
type result struct {
	name  string
	rates []float64
}

// measure runs rounds of all carriers, one after the other within a round, after one that does not count.
func measure(carriers []*carrier, rounds int, size int64) ([]result, error) {
	results := make([]result, len(carriers))
	for round := range rounds + 1 {
		for i, c := range carriers {
			took, err := download(c, size)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", c.name, round, err)
			}
			results[i].name = c.name
			if round > 0 {
				results[i].rates = append(results[i].rates, float64(size>>20)/took.Seconds())
			}
		}
	}
	return results, nil
}

// download carries size bytes and returns how long it took from the opened stream to the last byte read.
func download(c *carrier, size int64) (time.Duration, error) {
	// What the carrier before has left is collected first: otherwise each pays for its neighbour's garbage.
	runtime.GC()
	hub, err := c.start(&source{left: size})
	if err != nil {
		return 0, err
	}
	defer hub.Close()
	begin := time.Now() // opening is left out: plain TLS would pay for a handshake each time
	// The wrapper hides io.Discard's own ReadFrom: bytes go through io.Copy's buffer, as they do in a reverse proxy.
	n, err := io.Copy(struct{ io.Writer }{io.Discard}, io.LimitReader(hub, size))
	took := time.Since(begin)
	if err == nil && n != size {
		err = errors.New("the stream ended early")
	}
	if err != nil {
		return 0, fmt.Errorf("after %d of %d bytes: %w", n, size, err)
	}
	return took, nil
}

// source gives left bytes and then ends. The bytes are what the reader's buffer held: their content costs nothing.
type source struct{ left int64 }

func (s *source) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.left))
	s.left -= int64(n)
	return n, nil
}

// print shows a table and returns the medians by name.
func print(title string, results []result) map[string]float64 {
	fmt.Println(title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "carrier\tmedian MiB/s\tlowest\thighest\tof the first\t")
	medians := map[string]float64{}
	for _, r := range results {
		slices.Sort(r.rates)
		medians[r.name] = median(r.rates)
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.2f\t\n", r.name, medians[r.name], r.rates[0], r.rates[len(r.rates)-1], medians[r.name]/medians[results[0].name])
	}
	w.Flush()
	fmt.Println()
	return medians
}

// median of sorted values.
func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

func write(path string, rows []row) error {
	raw, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
