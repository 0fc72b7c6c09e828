# Sourced by the launcher for `pgkeep wal push` and `wal fetch`, which PostgreSQL calls for each segment: asks the running
# service itself, because a JVM's start would cost more than the work. Returns where it does not understand the line or finds
# no service; then Java does the work, and says what is wrong.

# wal_fast WORD...: the words of the line
wal_fast() {
    local LC_ALL=C verb name="" namespace=default home=${PGKEEP_HOME:-} words=()
    if [ "$1" = postgres ]; then shift; fi
    verb=$2
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
            -n | --name) name=${2-} ;;
            -ns | --namespace) namespace=${2-} ;;
            --home) home=${2-} ;;
            -*) return 0 ;;
            *) words+=("$1"); shift; continue ;;
        esac
        [ $# -gt 1 ] || return 0
        shift 2
    done
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ && $namespace =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || return 0
    if [ -z "$home" ]; then
        if [ "$EUID" = 0 ]; then home=/var/lib/pgkeep; else home=${HOME-}/.pgkeep; fi
    fi

    # the server's own door, else the service's, for whoever may read it
    local port="" token="" door said
    for door in "$home/wal/$namespace/$name" "$home/wal/$name"; do
        if [ -f "$door" ] && [ -r "$door" ]; then
            read -r port token <"$door" || true
            break
        fi
    done
    if [ -z "$token" ] && [ -r "$home/service.json" ]; then
        said=$(<"$home/service.json")
        [[ $said =~ \"port\"\ *:\ *([0-9]+) ]] && port=${BASH_REMATCH[1]}
        [[ $said =~ \"token\"\ *:\ *\"([0-9a-f]+)\" ]] && token=${BASH_REMATCH[1]}
    fi
    [[ $port =~ ^[0-9]+$ && -n $token ]] || return 0

    local service path
    case $verb:${#words[@]} in
        push:1) path=${words[0]} ;;
        fetch:2) path=${words[1]} ;;
        *) return 0 ;;
    esac
    case $path in /*) ;; *) path=$PWD/$path ;; esac
    { exec {service}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 0
    "wal_$verb"
}

# wal_answer: reads the answer's head; sets status and length
wal_answer() {
    local line
    status="" length=""
    IFS= read -r -t 600 -u "$service" line || return 0
    [[ $line =~ ^HTTP/1\.[01]\ ([0-9]+) ]] && status=${BASH_REMATCH[1]}
    while IFS= read -r -u "$service" line && [ "$line" != $'\r' ]; do
        [[ $line =~ ^[Cc]ontent-[Ll]ength:\ *([0-9]+) ]] && length=${BASH_REMATCH[1]}
    done
    return 0
}

wal_push() {
    local body status length json=${path//\\/\\\\}
    json="{\"path\":\"${json//\"/\\\"}\"}"
    printf 'POST /api/v1/servers/%s/wal?namespace=%s HTTP/1.0\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
        "$name" "$namespace" "$token" "${#json}" "$json" >&"$service" 2>/dev/null || true
    wal_answer
    case $status in
        2??) exit 0 ;;
        "") wal_complain 1 "the service went away before the vault held $path" "the server keeps it, and tries again" ;;
    esac
    wal_refused push
}

wal_fetch() {
    local body status length
    [[ ${words[0]} =~ ^[A-Za-z0-9._-]+$ ]] || return 0
    printf 'GET /api/v1/servers/%s/wal/%s?namespace=%s HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' \
        "$name" "${words[0]}" "$namespace" "$token" >&"$service" 2>/dev/null || true
    wal_answer
    if [ "$status" = 200 ]; then
        cat <&"$service" >"$path" || wal_broken "can't write $path"
        [ "$(stat -c %s -- "$path")" = "$length" ] || wal_broken "the service went away while it sent ${words[0]}"
        exit 0
    fi
    [ -n "$status" ] || wal_broken "the service went away before it sent ${words[0]}"
    wal_refused fetch
}

# Recovery must not take it for the end of the WAL: above 125 it stops.
wal_broken() { # WHAT HAPPENED
    rm -f -- "$path"
    wal_complain 200 "$1" "recovery stops here; start the server again when the service runs"
}

# wal_refused VERB: says what the service says, with the exit code that goes with it
wal_refused() {
    local message="the service answered with HTTP $status" hint="look at service.log in $home" code=""
    IFS= read -r -d '' -u "$service" body || true
    [[ $body =~ \"code\":\"([a-z-]+)\" ]] && code=${BASH_REMATCH[1]}
    [[ $body =~ \"message\":\"(([^\"\\]|\\.)*)\" ]] && message=${BASH_REMATCH[1]}
    [[ $body =~ \"hint\":\"(([^\"\\]|\\.)*)\" ]] && hint=${BASH_REMATCH[1]}
    message=${message//\\\"/\"} hint=${hint//\\\"/\"}
    case $1:$code in
        fetch:wal-not-held) wal_complain 1 "$message" "$hint" ;;
        *:bad-argument | *:unknown-server) wal_complain 2 "$message" "$hint" ;;
        fetch:*) wal_complain 200 "$message" "$hint" ;;
    esac
    case $body in
        *'"kind":"refused"'*) wal_complain 2 "$message" "$hint" ;;
        *) wal_complain 1 "$message" "$hint" ;;
    esac
}

wal_complain() { # EXIT CODE, WHAT HAPPENED, WHAT TO DO
    printf 'pgkeep: %s\nhint: %s\n' "${2//\\\\/\\}" "${3//\\\\/\\}" >&2
    exit "$1"
}
