# Installs what is missing, through apt alone, after saying what and why. Sourced by ./dev.
# shellcheck shell=bash

kExitNoInstall=69 # EX_UNAVAILABLE of sysexits.h

installed() { # installed PACKAGE: for this machine; it may be there for another kind too, or only
  dpkg-query -W -f='${db:Status-Status} ${Architecture}\n' "$1" 2>/dev/null |
    grep -qxE "installed ($(dpkg --print-architecture)|all)"
}

# need GROUP...: makes sure that the packages of these groups are there.
need() {
  local group package why wanted missing=() sudo=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This system has no apt: nothing is installed. What is needed stands in tools/packages.txt, by Debian 12's names."
    return 0
  fi
  while read -r group package why; do
    case $group in '' | \#*) continue ;; esac
    for wanted in "$@"; do
      if [ "$group" = "$wanted" ] && ! installed "$package"; then
        [ ${#missing[@]} -eq 0 ] && say "Missing here, to be installed with apt-get:"
        printf '  %-20s %s\n' "$package" "$why"
        missing+=("$package")
      fi
    done
  done <tools/packages.txt
  [ ${#missing[@]} -eq 0 ] && return 0

  # Others may hold apt's lock for a while on a machine that was just started.
  local apt=(apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  local install=("${apt[@]}" install -y --no-install-recommends "${missing[@]}")
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || { ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && sudo -v; }; }; then
      complain "This user may not install them. As root, run:"
      complain "  ${apt[*]} update && ${install[*]}"
      return $kExitNoInstall
    fi
    sudo=(sudo)
  fi
  step "install what is missing" install_packages || {
    complain "apt-get failed. Its own words stand above; once mended, this command goes on from there."
    return $kExitNoInstall
  }
}

# Uses the arrays of need().
install_packages() {
  "${sudo[@]}" "${apt[@]}" -q update </dev/null || return
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -q </dev/null
}

dev_setup() {
  local group
  for group in "$@"; do
    case $group in build | test | check) ;; *)
      complain "there is no group '$group'; tools/packages.txt has build, test and check"
      return 2
      ;;
    esac
  done
  [ $# -eq 0 ] && set -- build test check
  need "$@" && say "Everything of $* is here."
}
