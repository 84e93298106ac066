# Runs what was built: the demo, the benchmarks, the simulation. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154  # root: set by ./dev

# program PRESET TARGET: builds one program, and sets `built` to where it is.
program() {
  configure "$1" || return
  if ! built=$(ninja -C "build/$1" -t query "$2" 2>/dev/null | awk '/^  input: phony/ { getline; print $1 }') || [ -z "$built" ]; then
    complain "there is no program '$2' in this tree"
    return 1
  fi
  built=$root/build/$1/$built
  step "build $2 ($1)" build_only "$1" "$2"
}

# The programs of a preset whose target begins so.
programs_named() { # programs_named PRESET PREFIX
  ninja -C "build/$1" -t targets all | awk -F: -v prefix="$2" '$2 == " phony" && index($1, prefix) == 1 && $1 !~ /\// { print $1 }' | sort
}

# An example's demo is its own: examples/NAME/demo, told where the program and a place for its store are.
dev_demo() {
  local name=${1:-bank} store
  if [ ! -x "examples/$name/demo" ]; then
    complain "there is no demo '$name'; there are: $(cd examples && find . -name demo -printf '%h ' | tr -d ./)"
    return 2
  fi
  need build || return
  program release "$name" || return
  store=$root/build/demo/$name.daybook
  rm -rf "$store" && mkdir -p "$root/build/demo" || return
  step "demo of the $name" "examples/$name/demo" "$built" "$store"
}

# Each figure's program is a target bench_NAME; a JSON line a figure on standard output.
dev_bench() {
  local name names=("$@") code=0
  need build >&2 || return
  configure release || return
  # All but `peers`, which runs in rounds with other event stores, with their settings: bench/run-daybook.sh.
  if [ ${#names[@]} -eq 0 ]; then mapfile -t names < <(programs_named release bench_ | sed 's/^bench_//' | grep -vx peers); fi
  if [ ${#names[@]} -eq 0 ]; then
    complain "there is no benchmark in this tree"
    return 1
  fi
  for name in "${names[@]}"; do
    program release "bench_$name" >&2 || return
    step "bench $name" "$built" || code=$?
  done
  return "$code"
}

# The same program that the tests run with many seeds: --seed N replays one, bit for bit.
dev_sim() {
  need build test || return
  program dev simulate || return
  step "simulation" "$built" "$@"
}
