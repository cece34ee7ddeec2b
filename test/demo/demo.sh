#!/usr/bin/env bash
# The demo: a hub on embedded SQLite and two real Kubernetes clusters, each behind its own NAT, whose agents were installed
# by the Helm chart that the hub serves. `demo.sh up | down | run`; everything lies in .demo.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly demo=$PWD/.demo clusters=(demo-a demo-b)
readonly email=admin@demo.fairlead.local image=fairlead.local/fairlead-agent:demo

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
cluster() { "$demo/bin/cluster" "$@"; }
direct() { echo "$demo/direct/$1.kubeconfig"; }
# Reads JSON from standard input as "it" and prints a JavaScript expression of it.
json() { node -e 'const it = JSON.parse(require("fs").readFileSync(0, "utf8") || "null"); const out = eval(process.argv[1]); if (out !== undefined) console.log(out)' "$1"; }

build() {
  mkdir -p "$demo/bin" "$demo/direct"
  (cd test/cluster && go build -o "$demo/bin/cluster" .)
  make --no-print-directory web >"$demo/web.log" 2>&1 || { tail -20 "$demo/web.log" >&2; return 1; }
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$demo/bin/" ./hub ./agent
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$demo/bin/fairlead" ./cli
}

# A hub runs if its pid still belongs to our binary.
hub_alive() { [[ -f $demo/hub.pid && $(readlink "/proc/$(cat "$demo/hub.pid")/exe" 2>/dev/null) == "$demo/bin/hub"* ]]; }

free_port() { node -e '
  const net = require("net");
  const next = ([port, ...rest]) => { const s = net.createServer(); s.once("error", () => next(rest)).listen(port, () => { console.log(port); s.close(); }); };
  next(process.argv.slice(1).map(Number))' "$@"; }

start_hub() {
  [[ -f $demo/port ]] || free_port 8443 8444 8445 18443 28443 >"$demo/port"
  [[ -f $demo/password ]] || (umask 077; head -c 18 /dev/urandom | base64 | tr '+/' '-_' >"$demo/password")
  local port; port=$(cat "$demo/port")
  local host_ip; host_ip=$(cluster info "${clusters[0]}" | json it.hostIP)
  FAIRLEAD_ADMIN_EMAIL=$email FAIRLEAD_ADMIN_PASSWORD=$(cat "$demo/password") setsid "$demo/bin/hub" \
    --data-dir "$demo/hub" --listen ":$port" --listen-metrics "" --public-url "https://localhost:$port" \
    --agent-url "https://$host_ip:$port" --tls-san 127.0.0.1 --origin "https://127.0.0.1:$port" --agent-image "$image" >>"$demo/hub.log" 2>&1 </dev/null &
  echo $! >"$demo/hub.pid"
  for _ in $(seq 100); do
    curl -fsk "https://localhost:$port/readyz" >/dev/null 2>&1 && return
    hub_alive || break
    sleep 0.1
  done
  tail -5 "$demo/hub.log" >&2
  return 1
}

write_env() {
  local port tools; port=$(cat "$demo/port"); tools=$(cluster tools)
  (umask 077; cat >"$demo/env" <<ENV
export FAIRLEAD_URL='https://localhost:$port'
export FAIRLEAD_CA='$demo/ca.pem'
export FAIRLEAD_EMAIL='$email'
export FAIRLEAD_PASSWORD='$(cat "$demo/password")'
export FAIRLEAD_CONFIG='$demo/config'
export PATH='$demo/bin:$tools:'"\$PATH"
ENV
  )
  # shellcheck disable=SC1091
  source "$demo/env"
}

# The two lines that the hub prints for an installation, run as printed, with the ceiling that helm through the hub needs.
enrol() {
  local name=$1
  fairlead clusters get "$name" >/dev/null 2>&1 || fairlead clusters add "$name" --label env=demo -o json >"$demo/$name.json"
  [[ -f $demo/$name.json ]] || fairlead clusters token "$name" -o json >"$demo/$name.json"
  # The ceiling that helm through the hub needs, and the port that the hub has here.
  json '(it.enrolment ?? it).commands.join("
")' <"$demo/$name.json" >"$demo/$name.install.sh"
  sed -i "\$ s/\$/ --set ceiling.preset=admin --set ceiling.secrets=allow --set 'networkPolicy.ports={443,6443,$(cat "$demo/port")}'/" "$demo/$name.install.sh"
  (cd "$demo" && KUBECONFIG=$(direct "$name") bash -e "$demo/$name.install.sh" >"$demo/$name.install.log" 2>&1) || { tail -5 "$demo/$name.install.log" >&2; return 1; }
  kubectl --kubeconfig "$(direct "$name")" apply -f test/demo/workload.yaml >/dev/null
}

connected() { [[ $(fairlead clusters get "$1" -o json 2>/dev/null | json 'it?.link.state === "connected" && !!it.facts') == true ]]; }

wait_ready() {
  local name
  for name in "${clusters[@]}"; do
    for _ in $(seq 300); do connected "$name" && break; sleep 0.2; done
    connected "$name" || { say "$name did not connect; its agent says:"; kubectl --kubeconfig "$(direct "$name")" -n fairlead logs deploy/fairlead-agent --tail=5 >&2; return 1; }
    kubectl --kubeconfig "$demo/kubeconfig" --context "$name" -n demo rollout status deploy/counter --timeout=120s >/dev/null
  done
}

up() {
  [[ $(id -u) == 0 ]] || { say "The demo's clusters have containers of their own, which needs root."; return 1; }
  say "Building hub, agent, CLI and console"
  build
  say "Starting two Kubernetes clusters, each behind its own NAT"
  cluster up "${clusters[@]}"
  "$demo/bin/cluster" image -name "$image" -entrypoint '["/fairlead-agent"]' -out "$demo/agent.tar" "$demo/bin/agent:/fairlead-agent"
  cluster load-image "${clusters[@]}" "$demo/agent.tar"
  local name
  for name in "${clusters[@]}"; do cluster kubeconfig "$name" >"$(direct "$name")"; chmod 600 "$(direct "$name")"; done
  hub_alive || start_hub
  curl -fsk "https://localhost:$(cat "$demo/port")/ca.pem" -o "$demo/ca.pem"
  write_env
  fairlead login >/dev/null
  say "Installing the agents by the chart that the hub serves"
  local jobs=()
  for name in "${clusters[@]}"; do
    if ! connected "$name"; then enrol "$name" & jobs+=($!); fi
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  (umask 077; fairlead kubeconfig "${clusters[@]}" --output "$demo/kubeconfig" 2>/dev/null)
  wait_ready
}

try_this() {
  cat <<TXT

  Console    $FAIRLEAD_URL   (its certificate is from the hub's own CA: $demo/ca.pem)
  Sign in    $FAIRLEAD_EMAIL  with  $FAIRLEAD_PASSWORD

  Try, in another shell:

    source .demo/env && export KUBECONFIG=.demo/kubeconfig
    fairlead clusters list
    kubectl --context demo-a -n demo get pods
    kubectl --context demo-b -n demo logs -f deploy/counter
    kubectl --context demo-a -n demo exec -it deploy/counter -- sh
    kubectl --context demo-a auth whoami
    kubectl --context demo-a get pods --as system:admin      (refused: no call runs as anybody else)

  Pull demo-b's cable for a while: .demo/bin/cluster partition demo-b on   (and off)
TXT
}

down() {
  if hub_alive; then
    local pid; pid=$(cat "$demo/hub.pid")
    kill "$pid"
    for _ in $(seq 250); do hub_alive || break; sleep 0.1; done
    hub_alive && kill -9 "$pid"
  fi
  [[ -x $demo/bin/cluster ]] || { mkdir -p "$demo/bin" && (cd test/cluster && go build -o "$demo/bin/cluster" .); }
  cluster down "${clusters[@]}"
  rm -rf "$demo"
}

case ${1:-} in
  up) up && try_this ;;
  down) down ;;
  run)
    trap 'trap "" INT TERM; say "Cleaning up"; down' EXIT
    trap 'exit 130' INT TERM
    up && try_this && say "Ctrl-C ends the demo and leaves nothing behind."
    while hub_alive; do sleep 1; done
    say "The hub has ended; its log is $demo/hub.log"; tail -5 "$demo/hub.log" >&2 ;;
  *) echo "usage: demo.sh up | down | run" >&2; exit 2 ;;
esac
