# What a change must pass besides the tests, in parts. Sourced by ./dev. A part that finds nothing to do fails: a check
# that silently stopped checking is worse than none.
# shellcheck shell=bash disable=SC2154  # root: set by ./dev

kParts=(format structure tsan tidy fuzz flips package demo bench)
# The groups of tools/packages.txt that a part needs.
declare -A kNeeds=([format]=check [structure]='' [tsan]='build test' [tidy]='build test check' [fuzz]='build check'
  [flips]='build test' [package]=build [demo]=build [bench]=build)

dev_check() {
  local part parts=("$@") failed=() groups=''
  [ ${#parts[@]} -eq 0 ] && parts=("${kParts[@]}")
  for part in "${parts[@]}"; do
    case " ${kParts[*]} " in *" $part "*) ;; *)
      complain "check has no part '$part'; it has: ${kParts[*]}"
      return 2
      ;;
    esac
  done
  for part in "${parts[@]}"; do groups+=" ${kNeeds[$part]}"; done
  # shellcheck disable=SC2086  # words
  need $groups || return
  for part in "${parts[@]}"; do
    step "check $part" "check_$part" || failed+=("$part")
  done
  [ ${#failed[@]} -gt 0 ] && say "failed: ${failed[*]}"
  say "$((${#parts[@]} - ${#failed[@]})) passed, ${#failed[@]} failed"
  [ ${#failed[@]} -eq 0 ]
}

nothing() {
  say "nothing to check: $*"
  return 1
}

check_format() {
  local files=()
  mapfile -d '' files < <(sources '*.cpp' '*.hpp')
  [ ${#files[@]} -gt 0 ] || { nothing "no sources found" || return; }
  say "${#files[@]} files"
  local told
  told=$(clang-format-19 --dry-run -Werror "${files[@]}" 2>&1) && return
  # How many places in each file; `./dev fmt` shows them better than clang-format does.
  printf '%s\n' "$told" | awk -F: '/: error: / { n[$1]++ } END { for (f in n) print f ": " n[f] " places" }' | sort
  say "./dev fmt mends this"
  return 1
}

dev_fmt() {
  need check || return
  local files=()
  mapfile -d '' files < <(sources '*.cpp' '*.hpp')
  clang-format-19 -i "${files[@]}"
}

check_structure() { tools/structure "$root"; }

check_tsan() {
  build tsan tests_threads || return
  run_ctest tsan --label-regex '^threads$' || return
  count_tests tsan
}

check_flips() {
  build dev tests_flips || return
  run_ctest dev --label-regex '^flips$' || return
  count_tests dev
}

# Clean results are kept by content, so that only what a change reaches is looked at again.
check_tidy() {
  configure tidy || return
  tools/tidy build/tidy "$(jobs_to_run)"
}

check_fuzz() {
  build fuzz fuzzers || return
  tools/fuzz build/fuzz "${DAYBOOK_FUZZ_SECONDS:-20}" "$(jobs_to_run)"
}

dev_fuzz() {
  need build check || return
  step "build (fuzz)" build fuzz fuzzers || return
  if [ $# -eq 0 ]; then
    tools/fuzz build/fuzz list
  else
    tools/fuzz build/fuzz "${2:-300}" "$(jobs_to_run)" "$1"
  fi
}

# The package as a stranger meets it: installed, moved elsewhere, found by a program outside of this tree.
check_package() {
  local prefix=$root/build/prefix user=$root/build/package-user
  build package || return
  rm -rf "$prefix" "$prefix.staged" "$user"
  cmake --install build/package --prefix "$prefix.staged" >/dev/null || return
  mv "$prefix.staged" "$prefix" || return
  if grep -rlF "$root" "$prefix"; then
    say "the files above are installed and name this checkout"
    return 1
  fi
  cmake -S tests/package -B "$user" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON --log-level=WARNING || return
  cmake --build "$user" || return
  grep -q -e '-ffp-contract=off' "$user/compile_commands.json" || {
    say "the user's code was compiled without -ffp-contract=off"
    return 1
  }
  (cd "$user" && ./outside)
}

# The first thing that a visitor runs.
check_demo() { dev_demo bank; }

# Every figure, small: that it can be taken, and that what the programs assert of their answers holds. Not how fast it is.
check_bench() {
  local target targets=() work=$root/build/bench
  configure release || return
  mapfile -t targets < <(programs_named release bench_)
  [ ${#targets[@]} -gt 0 ] || { nothing "no benchmarks found" || return; }
  build_only release "${targets[@]}" || return
  rm -rf "$work" && mkdir -p "$work" || return
  local -x DIR=$work WORK=$work N=20000 BATCH=100 CLIENTS=4 SECS=1 RAW=16000 SUSTAINED=20000 STREAMS=2000 LONG=20 ROUNDS=20 \
    SEGMENTS=40 SEGMENT_BYTES=65536
  for target in "${targets[@]}"; do
    if [ "$target" = bench_peers ]; then
      bench/run-daybook.sh || return
    else
      step "$target" "build/release/bench/$target" || return
    fi
  done
}
