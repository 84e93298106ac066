#!/usr/bin/env bash
# Runs Daybook as one more peer among event stores: the same settings (N, BATCH, CLIENTS, SECS, SPREAD), the same lines.
# PREPARE=0: the log is not written ahead with zeros when the store is opened.
# WORK: where the data goes, so that all peers share a device. Builds what it needs once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$here/build/release/bench/bench_peers
if [ ! -x "$program" ]; then
  cmake --preset release -S "$here" -B "$here/build/release" >/dev/null
  cmake --build "$here/build/release" --target bench_peers >/dev/null
fi
work=${WORK:-/tmp/peers}
mkdir -p "$work/tmp"
dir=$(mktemp -d "$work/tmp/run-daybook.XXXXXX")
trap '[ -n "${KEEP:-}" ] || rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
echo "daybook version $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)"
SPREAD=${SPREAD:-0} PREPARE=${PREPARE:-1} timeout 900 "$program" "$dir" "${N:-1000000}" "${BATCH:-1000}" "${CLIENTS:-64}" "${SECS:-10}"
du -sb "$dir" | awk '{printf "daybook disk %d bytes\n", $1}'
