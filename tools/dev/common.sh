# What the verbs of ./dev share: words to the user, timed steps, how many jobs. Sourced by ./dev.
# shellcheck shell=bash

# Bold only where somebody watches. Headings go to standard error: the output of `./dev bench` is lines of JSON.
if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
heading() { printf '%s== %s%s\n' "$bold" "$*" "$plain" >&2; }

# Children in the foreground get the Ctrl-C too and end by themselves; this ends the script after them.
trap 'complain "stopped"; exit 130' INT
trap 'complain "stopped"; exit 143' TERM

# step NAME COMMAND [ARGUMENT...]: runs it, says how long it took, returns what it returned.
step() {
  local name=$1 began=$SECONDS code=0
  shift
  heading "$name"
  "$@" || code=$?
  if [ "$code" -eq 0 ]; then
    heading "$name: ok, $((SECONDS - began)) s"
  else
    heading "$name: FAILED (exit code $code), $((SECONDS - began)) s"
  fi
  return "$code"
}

# As many jobs as processors, but no more than memory has room for: g++ with sanitizers takes up to 1.5 GB a file.
jobs_to_run() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  [ "$memory" -lt "$processors" ] && processors=$memory
  [ "$processors" -lt 1 ] && processors=1
  say "$processors"
}

# Every source of ours, whether committed yet or not.
sources() { # sources PATTERN...
  local dir dirs=() patterns=()
  for dir in include src adapters server cli examples tests bench tools; do
    [ -d "$dir" ] && dirs+=("$dir")
  done
  for pattern in "$@"; do patterns+=(-o -name "$pattern"); done
  find "${dirs[@]}" -type f \( "${patterns[@]:1}" \) -print0 | sort -z
}

dev_clean() {
  rm -rf build && say "build/ is gone"
}
