package org.pgkeep.service.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.Installations;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.home.Home;

/** Where managed servers live on this machine. */
public final class Places {
    /**
     * Ports for those who ask for none: below the kernel's own range for outgoing connections
     * (32768 to 60999), where a stopped server's port may be lost to a passer-by.
     */
    private static final int PORT_FROM = 20_000;

    private static final int PORT_TO = 29_999;

    private static final int PORT_TRIES_MAX = 200;

    /** What a server that archives has at risk at most, while it is busy enough to write at all. */
    private static final String ARCHIVE_TIMEOUT = "60";

    private final Home home;
    private final Path sockets;
    private final OperatingSystemUser runAs;
    private final String owner;
    private final List<Path> binaryRoots;
    private final RandomGenerator random;
    private final Optional<Path> launcher;

    /** The newest installation of each major version, looked up once; checked at each use. */
    private final Map<Integer, Installation> installations = new ConcurrentHashMap<>();

    /**
     * The places below a home.
     *
     * @param sockets the folder for the Unix sockets
     * @param runAs as whom the servers run
     * @param owner the operating-system user who runs the service
     * @param binaryRoots where else to look for PostgreSQL
     * @param launcher what servers call that hand over their WAL
     */
    public Places(
            Home home,
            Path sockets,
            OperatingSystemUser runAs,
            String owner,
            List<Path> binaryRoots,
            RandomGenerator random,
            Optional<Path> launcher) {
        this.home = home;
        this.sockets = sockets;
        this.runAs = runAs;
        this.owner = owner;
        this.binaryRoots = List.copyOf(binaryRoots);
        this.random = random;
        this.launcher = launcher;
    }

    /**
     * Where a server lives and what it runs with.
     *
     * @throws Failure {@code NO_BINARIES}
     */
    public ServerPlace of(ServerRow row) {
        return at(row.id(), row.version().major(), row.port());
    }

    /**
     * The place of a server that need not be in the catalog.
     *
     * @throws Failure {@code NO_BINARIES}
     */
    public ServerPlace at(ServerId id, int major, int port) {
        return new ServerPlace(id, root(id), socket(port), ofMajor(major), runAs, owner);
    }

    /** The folder of all servers' folders. */
    public Path servers() {
        return home.servers();
    }

    /** A server's own folder. */
    public Path root(ServerId id) {
        return servers().resolve(id.toString());
    }

    /** The folder for a server's WAL on its way into the vault. */
    public Path spool(ServerId id) {
        return home.spool().resolve(id.toString());
    }

    /** Where a server's backup notes what it stored, in case it is cut short. */
    public Path unfinished(ServerId id) {
        return home.spool().resolve(id + ".unfinished");
    }

    /**
     * The settings of a server that hands over its WAL by {@code archive_command}.
     *
     * @throws Failure {@code WRONG_STATE}, {@code NOT_WRITABLE} if it could not call pgkeep
     */
    public Map<String, String> archiving(ServerId id) {
        Path program =
                launcher.orElseThrow(() ->
                        new Failure(
                                Code.WRONG_STATE,
                                "servers can hand over their WAL only to a service that was started"
                                        + " through the launcher",
                                "start it with: ./pgkeep up --detach; or leave out --wal archive"));
        try {
            new Home(Home.parentOf(program.toAbsolutePath())).checkReachableBy(runAs.name(), owner);
        } catch (Failure unreachable) {
            throw new Failure(
                    unreachable.code(),
                    unreachable.message(),
                    "put pgkeep where that user can call it, or leave out --wal archive",
                    unreachable);
        }
        return Map.of(
                "archive_mode",
                "on",
                "archive_timeout",
                ARCHIVE_TIMEOUT,
                "archive_command",
                quoted(program) + " wal push \"%p\" -n " + id + " --home " + quoted(home.root()));
    }

    /** For the shell, and for PostgreSQL, to which a percent sign means something. */
    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''").replace("%", "%%") + "'";
    }

    /** Where a server with that port listens. */
    public LocalSocket socket(int port) {
        return new LocalSocket(sockets, port);
    }

    /**
     * The newest PostgreSQL of a major version on this machine.
     *
     * @throws Failure {@code NO_BINARIES} naming the versions there are
     */
    public Installation ofMajor(int major) {
        Installation known = installations.get(major);
        if (known != null && known.has("postgres")) {
            return known;
        }
        List<Installation> found = Installations.find(binaryRoots);
        Installation newest =
                found.stream()
                        .filter(each -> each.version().major() == major)
                        .findFirst()
                        .orElseThrow(() -> missing("PostgreSQL " + major, found));
        installations.put(major, newest);
        return newest;
    }

    /**
     * What a new server is to run with.
     *
     * @param wanted such as {@code 15} or {@code 15.18}; empty for the newest there is
     * @throws Failure {@code NO_BINARIES}, {@code BAD_ARGUMENT}
     */
    public Installation forNew(Optional<String> wanted) {
        List<Installation> found =
                Installations.find(binaryRoots).stream()
                        .filter(each -> each.version().major() >= PostgresVersion.OLDEST_MAJOR)
                        .filter(each -> each.version().major() <= PostgresVersion.NEWEST_MAJOR)
                        .toList();
        if (wanted.isEmpty()) {
            return found.stream().findFirst().orElseThrow(() -> missing("a PostgreSQL", found));
        }
        String text = wanted.get().strip();
        if (!text.matches("\\d{1,3}(\\.\\d{1,3})?")) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + text + "\" is no version of PostgreSQL",
                    "write it like 15 or 15.18");
        }
        int major = PostgresVersion.parse(text).major();
        if (major < PostgresVersion.OLDEST_MAJOR || major > PostgresVersion.NEWEST_MAJOR) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "pgkeep takes care of PostgreSQL "
                            + PostgresVersion.OLDEST_MAJOR
                            + " to "
                            + PostgresVersion.NEWEST_MAJOR
                            + ", not of "
                            + text,
                    "choose one of these");
        }
        return found.stream()
                .filter(each -> each.version().major() == major)
                .filter(each -> !text.contains(".") || each.version().text().equals(text))
                .findFirst()
                .orElseThrow(() -> missing("PostgreSQL " + text, found));
    }

    private static Failure missing(String what, List<Installation> found) {
        String there =
                found.stream()
                        .map(each -> each.version() + " in " + each.binDirectory())
                        .collect(Collectors.joining(", "));
        return new Failure(
                Code.NO_BINARIES,
                what
                        + " is not on this machine"
                        + (there.isEmpty() ? "; none at all was found" : "; found are " + there),
                "install it, on Debian with: apt-get install postgresql-VERSION");
    }

    /**
     * A port that nobody has.
     *
     * @param taken those that belong to servers, running or not
     * @throws Failure {@code PORT_TAKEN}
     */
    public int freePort(Set<Integer> taken) {
        for (int tries = 0; tries < PORT_TRIES_MAX; tries++) {
            int port = random.nextInt(PORT_FROM, PORT_TO + 1);
            if (!taken.contains(port) && isFree(port)) {
                return port;
            }
        }
        throw new Failure(
                Code.PORT_TAKEN,
                "found no free port between " + PORT_FROM + " and " + PORT_TO,
                "name one with --port");
    }

    /**
     * Checks a port that somebody asks for.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code PORT_TAKEN}
     */
    public void checkPort(int port) {
        if (port < 1024 || port > 65_535) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    port + " is no port a server can have",
                    "choose one from 1024 to 65535, or leave it out: pgkeep finds a free one");
        }
        if (!isFree(port)) {
            throw new Failure(
                    Code.PORT_TAKEN,
                    "port " + port + " is in use on this machine",
                    "choose another one, or leave it out: pgkeep finds a free one");
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
