# Builds by preset and runs the tests. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154  # root: set by ./dev

# configure PRESET: its many words are shown only if something is wrong.
configure() {
  local told code=0
  told=$(cmake --preset "$1" 2>&1) || code=$?
  if [ "$code" -ne 0 ] || [[ $told == *Warning* ]]; then printf '%s\n' "$told"; fi
  return "$code"
}

# build PRESET [TARGET...]
build() { configure "$1" && build_only "$@"; }
build_only() {
  local preset=$1
  shift
  cmake --build "build/$preset" -j "$(jobs_to_run)" ${1:+--target "$@"}
}

dev_build() {
  local preset=${1:-dev}
  case $preset in
    dev | asan | tsan) need build test || return ;;
    fuzz) need build check || return ;;
    release | package) need build || return ;;
    *)
      complain "there is no preset '$preset' to build; there are dev, release, asan, tsan, fuzz and package"
      return 2
      ;;
  esac
  step "build ($preset)" build "$preset"
}

# Sanitizers of g++ 12 cannot place their shadow memory under some kernels' address randomisation.
fixed_addresses=()
if setarch --addr-no-randomize true 2>/dev/null; then fixed_addresses=(setarch --addr-no-randomize); fi

export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}

# run_ctest PRESET [CTEST-ARGUMENT...]: a test that is not found is a failure.
run_ctest() {
  local preset=$1
  shift
  rm -rf "build/$preset/reports" "build/$preset/ctest.xml"
  "${fixed_addresses[@]}" ctest --test-dir "build/$preset" -j "$(jobs_to_run)" --output-on-failure --no-tests=error \
    --output-junit "$root/build/$preset/ctest.xml" "$@"
}

# The last line of `./dev test`: single tests, not programs.
count_tests() { # count_tests PRESET
  awk -f tools/dev/count.awk -v reports="build/$1/reports" "build/$1/ctest.xml"
}

dev_test() {
  local name=${1:-} filter=${2:-} targets=() selection=(--label-exclude '^flips$')
  if [ $# -gt 2 ]; then
    complain "./dev test takes a name of test programs and a filter of tests in them, not '$3'"
    return 2
  fi
  need build test || return
  configure dev || return
  if [ -n "$name" ]; then
    selection=(--tests-regex "$name")
    # A name that is a program's is all that needs building.
    if ninja -C build/dev -t query "$name" >/dev/null 2>&1; then targets=("$name"); fi
    [ -n "$filter" ] && export GTEST_FILTER=$filter
  fi
  step "build (dev: ASan and UBSan)" build_only dev "${targets[@]}" || return
  local code=0
  step "tests" run_ctest dev "${selection[@]}" || code=$?
  count_tests dev || code=1
  return "$code"
}
