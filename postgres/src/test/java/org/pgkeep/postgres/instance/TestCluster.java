package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.testkit.PostgresBinaries;

/** A cluster for one test, in a directory of its own; stopped and removed on close. */
public final class TestCluster implements AutoCloseable {
    /** Enough for a busy machine. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private final Instance instance;

    private TestCluster(Path directory, Instance instance) {
        this.directory = directory;
        this.instance = instance;
    }

    /** One installation of every major version the machine can run, oldest first. */
    public static List<Installation> everyVersion() {
        return PostgresBinaries.all().stream().map(TestCluster::at).toList();
    }

    private static Installation at(PostgresBinaries binaries) {
        return Installations.find(List.of(binaries.bin())).stream()
                .filter(each -> each.version().major() == binaries.major())
                .findFirst()
                .orElseThrow();
    }

    /** The installation that tests use to which the version does not matter. */
    public static Installation anyVersion() {
        return at(PostgresBinaries.rotating().get(1));
    }

    /** A cluster made, not started. */
    public static TestCluster make(Installation installation) {
        try {
            OperatingSystemUser user = OperatingSystemUser.forServers();
            Path directory = Files.createTempDirectory("pgk");
            user.own(directory);
            TestCluster cluster =
                    new TestCluster(
                            directory,
                            new Instance(
                                    installation,
                                    directory.resolve("data"),
                                    new LocalSocket(directory.resolve("s"), 5432),
                                    user));
            cluster.instance.initdb(List.of("--no-sync", "--username=bob"));
            cluster.configure("listen_addresses = ''");
            cluster.configure("fsync = off");
            cluster.configure("shared_buffers = '8MB'");
            cluster.configure("max_wal_senders = 5");
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A cluster made and started. */
    public static TestCluster start(Installation installation) {
        TestCluster cluster = make(installation);
        try {
            cluster.instance.start(PATIENCE);
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** What is tested. */
    public Instance instance() {
        return instance;
    }

    /** Its own directory; everything of it is below. */
    public Path directory() {
        return directory;
    }

    /** Adds a line to postgresql.conf. */
    public void configure(String line) {
        write("postgresql.conf", line + "\n");
    }

    /** Appends to a file of the data directory. */
    public void write(String file, String text) {
        try {
            Path path = instance.dataDirectory().resolve(file);
            Files.writeString(
                    path,
                    text,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            instance.user().own(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A connection for SQL as the superuser. */
    public WireConnection connect() {
        return WireConnection.open(instance.socket(), Login.forQueries("bob", "postgres", "test"));
    }

    /** A connection for replication as the superuser. */
    public WireConnection connectForReplication() {
        return WireConnection.open(instance.socket(), Login.forReplication("bob", "test"));
    }

    /** One value by a connection of its own. */
    public String value(String sql) {
        try (WireConnection connection = connect()) {
            return String.valueOf(connection.query(sql).getFirst().getFirst());
        }
    }

    /** Kills the postmaster as a crash would, and waits until it is gone. */
    public void crash() {
        OptionalLong pid = instance.pid();
        ProcessHandle postmaster = ProcessHandle.of(pid.orElseThrow()).orElseThrow();
        postmaster.destroyForcibly();
        var _ = postmaster.onExit().join();
    }

    @Override
    public void close() {
        instance.stop(StopMode.IMMEDIATE, PATIENCE);
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
