# Runs what was built: the demo, the benchmarks, the simulation. Sourced by ./dev.
# shellcheck shell=bash
