# Debian packages, by group. Sourced by scripts/bootstrap.

apt_base=(ca-certificates git make python3 python3-venv)
apt_build=("${apt_base[@]}"
  g++ cmake ninja-build ccache pkg-config
  libpq-dev librdkafka-dev libsimdjson-dev libfmt-dev libspdlog-dev libcli11-dev libtomlplusplus-dev
  nlohmann-json3-dev libcpp-httplib-dev libgtest-dev libgmock-dev libbenchmark-dev)
apt_postgres=("${apt_base[@]}" postgresql-15)
apt_stack=("${apt_base[@]}" kcat curl)
apt_test=("${apt_base[@]}" clang-format-14 clang-tidy-14 docker-compose)
apt_bench=("${apt_base[@]}" postgresql-15) # pgbench is in the server's package

# Java 17 or newer, from wherever it comes: the JDK's own "release" file tells, a hundred times faster than java does.
have_java() {
  local java release
  java=$(command -v java) || return 1
  release=$(dirname "$(readlink -f "$java")")/../release
  [[ -r $release ]] || return 0
  [[ $(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release") -ge 17 ]]
}

# Commands that users often have from elsewhere; Debian's package is the fallback.
apt_for_commands() {
  for command in "$@"; do
    case $command in
      npm) command -v npm >/dev/null || echo npm ;;
      mvn) command -v mvn >/dev/null || echo maven ;;
      java) have_java || echo openjdk-17-jre-headless ;;
    esac
  done
}

missing_packages() {
  local installed
  # dpkg-query fails when it has never heard of one of them.
  installed=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true; } | awk '$1 == "ii" { print $2 }')
  printf '%s\n' "$@" | sort -u | grep -vxF -e "${installed:-none}" || true
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1
}

# Debian's postgresql-15 starts a cluster of its own on port 5432 unless told not to.
no_own_cluster=/etc/postgresql-common/createcluster.d/50-pintail-bootstrap.conf
forbid_postgres_cluster() {
  as_root mkdir -p "$(dirname $no_own_cluster)"
  echo 'create_main_cluster = false' | as_root tee $no_own_cluster >/dev/null
}

install_packages() { # what for, packages...
  local missing lists what=$1
  shift
  [[ $# -gt 0 ]] || return 0
  command -v dpkg-query >/dev/null ||
    die "this is no Debian system; install the counterparts of these by hand, then set PINTAIL_NO_APT=1: $*"
  mapfile -t missing < <(missing_packages "$@")
  if [[ ${#missing[@]} == 0 ]]; then
    say "Debian packages for $what: there"
    return
  fi
  if [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; then
    die "these Debian packages are missing and root is needed to install them; run this, then come back:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "Debian packages for $what: installing ${missing[*]}"
  lists=$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null || true)
  [[ -n $lists ]] || apt_get update || die_with_log "apt-get update failed: a Debian package source can't be reached"
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then forbid_postgres_cluster; fi
  # Stale lists name packages that are no longer served, so a first failure is answered by fresh lists.
  apt_get install --no-install-recommends "${missing[@]}" ||
    { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; } ||
    die_with_log "apt-get could not install ${missing[*]}"
  [[ ! -e $no_own_cluster ]] || as_root rm -f $no_own_cluster
}
