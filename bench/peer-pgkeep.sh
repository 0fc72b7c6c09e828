#!/bin/bash
# pgkeep, beside the other tools of a measuring harness: the same server, the same steps, the same figures.
#
# Its place is the harness's folder, beside lib.sh, steps.sh and the other peer-*.sh; from here it finds them with BENCH_DIR:
#   BENCH_DIR=/folder/of/the/harness bench/peer-pgkeep.sh [variants=local] [steps=full,noop]
# PGKEEP is the folder of a clone whose benchmarks are built (bench/run quick does that); default: where this script lies.
#
# What is measured, honestly said:
# - `pgkeep` itself runs the servers it backs up; the harness has its own. So the engine is driven without the service, by the
#   class org.pgkeep.bench.PeerDriver: each figure contains the start of a JVM (about 0.3 s), as a command of the others does
#   the start of a process. A service that runs already would not pay it.
#   The variant `warm` drives the same class in a process that stays, as a service does: a command is a line in a pipe, its
#   CPU is in srv_cpu. The runs before those that are counted warm it.
# - WAL is captured by streaming all the time, in a process of its own (its CPU is in srv_cpu), and goes into the same
#   repository: repo_mib and added_mib contain it. The others' steps count their archive only where they keep it in REPO.
# - full, noop, incr: a snapshot is always a full one and stores what is new. noop and incr read what the captured WAL names as
#   changed, and one region of 64 besides.
# - restore: pgkeep has no restore of files alone. The figure contains recovery to the backup's end, the checks of the restored
#   server and stopping it, which the others' do not; restore= says how long the files and the WAL took.
# - pitr: from the start of the JVM until the server takes writes and was checked.
# - push, get: `pgkeep wal push` and `wal fetch` through the launcher, as PostgreSQL calls them, against a service that runs (its
#   CPU is in srv_cpu), in a home of its own that knows the stand-in directory as the server "bench". The service runs as the
#   server's user, who has to be able to read the clone.
# - delta (over an older copy) does not exist yet.
if [ -n "${BENCH_DIR:-}" ]; then HARNESS=$BENCH_DIR; else HARNESS=$(dirname "${BASH_SOURCE[0]}"); fi
PGKEEP=$(cd "${PGKEEP:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd)
. "$PGKEEP/tools/find-jdk.sh"
JDK=$(find_jdk) || exit 2
[ -f "$HARNESS/lib.sh" ] || { echo "no harness in $HARNESS: set BENCH_DIR" >&2; exit 2; }
[ -d "$PGKEEP/bench/target/lib" ] || { echo "not built: call $PGKEEP/bench/run quick" >&2; exit 2; }
. "$HARNESS/lib.sh"; . "$BENCH_DIR/steps.sh"
TOOL=pgkeep
W=$BENCH_ROOT/pgkeep REPO="$BENCH_ROOT/pgkeep/repo $BENCH_ROOT/pgkeep/home/vault"
VARIANTS="local warm" STEPS="full noop incr restore push get pitr tps"
RESTORE_PORT=$((PGPORT + 1))

driver() { # driver COMMAND ARGUMENTS...: sets D, the command line
  D=("$JDK/bin/java" -XX:+UseSerialGC -Xmx384m -Xshare:auto --enable-native-access=ALL-UNNAMED
    --sun-misc-unsafe-memory-access=allow -cp "$W/app/*" org.pgkeep.bench.PeerDriver "$@")
}
server() { driver "$1" "$W" "$PGDATA" "$BENCH_ROOT" "$PGPORT"; }
variant() {
  WARM=
  case $1 in local) ;; warm) WARM=yes ;; *) return 1 ;; esac
  serve_down
  # the server's user may not be able to read the clone
  rm -rf "$W/app"; mkdir -p "$W/app"; cp "$PGKEEP"/bench/target/lib/*.jar "$PGKEEP"/bench/target/bench-*.jar "$W/app/"
  chmod -R a+rX "$W"
  "$PGKEEP/pgkeep" --version >/dev/null || return 1    # builds, if something changed
  PUSH="$PGKEEP/pgkeep wal push %p -n bench --home $W/home" GET="$PGKEEP/pgkeep wal fetch %f %p -n bench --home $W/home"
  server backup; FULL=("${D[@]}") INCR=("${D[@]}")
  [ -z "$WARM" ] || { order backup "$W" "$PGDATA" "$BENCH_ROOT" "$PGPORT"; FULL=("${D[@]}") INCR=("${D[@]}"); serve_up; }
}
order() { # order WORDS...: sets D, the command that gives an order to the process that stays
  D=(bash -c 'o=$1 a=$2; shift 2; echo "$*" > "$o"; read -r answer < "$a"; echo "$answer"; [ "$answer" = ok ]' order "$W/orders" "$W/answers" "$@")
}
serve_up() {
  rm -f "$W/orders" "$W/answers"; as mkfifo "$W/orders" "$W/answers"
  driver serve "$W/orders" "$W/answers" - -
  "${AS[@]}" nice -n 0 bash -c 'echo $$ > "$0"; exec "$@"' "$W/serve.pid" "${D[@]}" > "$W/serve.log" 2>&1 8>&- &
  for _ in $(seq 1 50); do [ -s "$W/serve.pid" ] && break; sleep 0.1; done
  renice -n "${BENCH_NICE:--15}" -p "$(cat "$W/serve.pid")" >/dev/null 2>&1
  echo "${BENCH_NICE:--15}" > "/proc/$(cat "$W/serve.pid")/autogroup" 2>/dev/null || true
}
serve_down() {
  [ -s "$W/serve.pid" ] && kill "$(cat "$W/serve.pid")" 2>/dev/null
  rm -f "$W/serve.pid"; true
}
capture_down() {
  [ -s "$W/pid" ] && kill "$(cat "$W/pid")" 2>/dev/null
  while [ -s "$W/pid" ] && kill -0 "$(cat "$W/pid")" 2>/dev/null; do sleep 0.1; done
  rm -f "$W/pid"
}
peer_fresh() {
  capture_down; archive_with /bin/true
  psq -d postgres -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'pgkeep%' AND NOT active" >/dev/null
  fresh "$W/repo" "$W/spool" "$W/run"; rm -f "$W/key"
  server prepare; as "${D[@]}" > "$BENCH_ROOT/last.log" 2>&1 || { tail -n 3 "$BENCH_ROOT/last.log" >&2; return 1; }
  # exec and a file: the id of the capture itself, not of a shell around it
  server capture; "${AS[@]}" nice -n 0 bash -c 'echo $$ > "$0"; exec "$@"' "$W/pid.new" "${D[@]}" > "$W/capture.log" 2>&1 8>&- &
  for _ in $(seq 1 200); do grep -q Streaming "$W/capture.log" && break; sleep 0.1; done
  mv "$W/pid.new" "$W/pid"
  grep -q Streaming "$W/capture.log" || { echo "the capture does not stream: $(tail -n 3 "$W/capture.log")" >&2; return 1; }
  renice -n "${BENCH_NICE:--15}" -p "$(cat "$W/pid")" >/dev/null 2>&1
  echo "${BENCH_NICE:--15}" > "/proc/$(cat "$W/pid")/autogroup" 2>/dev/null || true
}
push_fresh() {
  capture_down; fresh "$W/home"
  driver stand-in "$W/home" "$1"; as "${D[@]}" > "$BENCH_ROOT/last.log" 2>&1 || { tail -n 3 "$BENCH_ROOT/last.log" >&2; return 1; }
  as "$PGKEEP/pgkeep" up --detach --home "$W/home" > "$BENCH_ROOT/last.log" 2>&1 || { tail -n 3 "$BENCH_ROOT/last.log" >&2; return 1; }
  sed -n 's/.*"pid" *: *\([0-9]*\).*/\1/p' "$W/home/service.json" > "$W/pid"
  renice -n "${BENCH_NICE:--15}" -p "$(cat "$W/pid")" >/dev/null 2>&1
  echo "${BENCH_NICE:--15}" > "/proc/$(cat "$W/pid")/autogroup" 2>/dev/null || true
}
measured() {
  local o=(); while [ "$1" != -- ]; do o+=("$1"); shift; done; shift
  python3 "$BENCH_DIR/meter.py" --log "$BENCH_ROOT/last.log" --pgdata "$PGDATA" --pid "$(cat "$W/pid")" $([ ! -s "$W/serve.pid" ] || echo --pid "$(cat "$W/serve.pid")") "${o[@]}" -- "${AS[@]}" "$@"
}
restore_cmd() {
  driver restore "$W" "$PGBIN" "$1" "$RESTORE_PORT"
  [ -z "$WARM" ] || order restore "$W" "$PGBIN" "$1" "$RESTORE_PORT"
  CMD=("${D[@]}")
}
restored_figures() {
  local log=$BENCH_ROOT/last.log; [ -z "$WARM" ] || log=$W/serve.log
  grep -o 'restore=[0-9.]* ready_rw=[0-9.]*' "$log" | tail -n 1
}
run_restore() { local o; restore_cmd "$W/r"; o=$(measured -- "${CMD[@]}"); echo "$o $(restored_figures)"; }
# nothing is archived by a command: what counts is that the vault holds it
archived() { server hold; as "${D[@]}" > "$BENCH_ROOT/last.log" 2>&1; }
prep_pitr() { fresh "$W/p"; restore_prep; }
run_pitr() {
  local o want="$WANT t" answer
  driver pitr "$W" "$PGBIN" "$W/p" "$RESTORE_PORT" "$(date -u -d "$TARGET" +%Y-%m-%dT%H:%M:%SZ)" \
    "SELECT count(*) || ' ' || left((to_regclass('after_target') IS NULL)::text, 1) FROM marker"
  o=$(measured -- "${D[@]}")
  answer=$(sed -n 's/.* answer=//p' "$BENCH_ROOT/last.log" | tail -n 1)
  echo "$o" | awk -v f="$(grep -o 'restore=[0-9.]* ready_rw=[0-9.]* from_start=[0-9.]*' "$BENCH_ROOT/last.log" | tail -n 1)" \
    -v right="$([ "$answer" = "$want" ] && echo yes || echo no)" '
    { n = split(f, k, /[ =]/); for (i = 1; i < n; i += 2) v[k[i]] = k[i + 1]
      for (i = 1; i <= NF; i++) { split($i, p, "="); if (p[1] == "cpu") cpu = p[2]; if (p[1] == "rc") rc = p[2] }
      printf "wall=%.2f restore=%.2f ready_rw=%.2f cpu=%.2f right=%s rc=%s\n", v["from_start"], v["restore"], v["ready_rw"], cpu, right, rc }'
}
peer_done() {
  serve_down
  capture_down
  psq -d postgres -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'pgkeep%' AND NOT active" >/dev/null 2>&1; true
}
run_steps "$@"; exit
