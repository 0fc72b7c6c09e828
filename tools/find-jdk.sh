# Sourced by pgkeep and mvnw. find_jdk prints the home of a JDK of at least the version below, or says what is missing.
# Looked at in this order: JAVA_HOME, the java on PATH, the newest one under /usr/lib/jvm.

JDK_WANTED=25

# jdk_version HOME: the feature version that the JDK at HOME says it has; nothing where there is no JDK.
# It reads the file `release` that every JDK carries, which is a hundred times faster than starting it.
jdk_version() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
    local candidate version found="" newest=0
    for candidate in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /none/bin/java)")")")"; do
        version=$(jdk_version "$candidate")
        if [ "${version:-0}" -ge $JDK_WANTED ]; then
            echo "$candidate"
            return 0
        fi
    done
    for candidate in /usr/lib/jvm/*; do
        [ -d "$candidate" ] || continue
        version=$(jdk_version "$candidate")
        if [ "${version:-0}" -ge $JDK_WANTED ] && [ "$version" -gt "$newest" ]; then
            found=$candidate newest=$version
        fi
    done
    if [ -z "$found" ]; then
        echo "pgkeep: no JDK $JDK_WANTED or newer found in JAVA_HOME, PATH or /usr/lib/jvm" >&2
        echo "hint: install one (Temurin, OpenJDK or another build), or set JAVA_HOME to where it is" >&2
        return 2
    fi
    echo "$found"
}
