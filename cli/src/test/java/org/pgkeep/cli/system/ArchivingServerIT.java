package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.ledger.Commit;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/** Servers that hand over their WAL by {@code archive_command}, through the launcher. */
class ArchivingServerIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    // issue 5, 2: under load, with the service killed while segments come and the vault away for a
    // while, a snapshot and every moment behind it are there; correctness.md 2, 5, 7
    @Test
    void losesNothingOfAServerThatArchives() throws Exception {
        Random random = new Random(Long.getLong("pgkeep.seed", 20261121));
        PostgresBinaries binaries = PostgresBinaries.rotating().getFirst();
        try (Station station = Station.running()) {
            Json _ =
                    station.ask(
                            "server",
                            "create",
                            "-n",
                            "pg1",
                            "--wal",
                            "archive",
                            "--version",
                            binaries.major() + "",
                            "--wait");
            assertThat(station.value("pg1", "SELECT count(*) FROM pg_replication_slots"))
                    .isEqualTo("0");
            forbidReplication(station);
            try (Ledger ledger = station.ledger("pg1", LedgerPlan.defaults().pace(300))) {
                ledger.start();
                ledger.awaitTransactions(100, PATIENCE);
                Path data = station.dataDirectory("pg1");
                Connection session = station.connect("pg1"); // closed with the server
                for (int kill = 0; kill < 2; kill++) {
                    switchSegments(session, 3);
                    Processes.pause(random.nextInt(120));
                    station.killService();
                    switchSegments(session, 2);
                    station.up();
                }
                // away: what came is refused in the server's log, and kept by the server
                Path vault = station.home().resolve("vault");
                Files.move(vault, station.home().resolve("away"));
                switchSegments(session, 2);
                Processes.await(
                        "a segment that could not be handed over",
                        PATIENCE,
                        () -> waiting(data) > 0 && failures(session) > 0);
                Files.move(station.home().resolve("away"), vault);
                ledger.awaitTransactions(200, PATIENCE);
                station.type("backup", "take", "-n", "pg1", "-bn", "late", "--wait").good();
                ledger.awaitTransactions(100, PATIENCE);
                List<Commit> commits =
                        ledger.truth()
                                .committed()
                                .flatMap(each -> each.commit().stream())
                                .filter(commit -> commit.lsnAfter().isPresent())
                                .toList();
                Commit some = commits.get(random.nextInt(commits.size()));
                ledger.stop();
                String xid = Long.toString(some.xid() & 0xFFFF_FFFFL);
                station.restore("r1", "pg1", "--before", xid);
                check(station, ledger, "r1", Target.before(some));
                // nobody has to wait for archive_timeout
                station.restore("r2", "pg1", "--latest");
                check(station, ledger, "r2", Target.latest());
                assertThat(station.ask("ranges", "-n", "pg1").items()).hasSize(1);
                restoreByHand(station, binaries, ledger);
            }
            handsOverItsLastSegment(station);
        }
    }

    /** Nobody could stream from it, not even pgkeep; it comes up again by itself. */
    private static void forbidReplication(Station station) throws Exception {
        station.sql("pg1", "ALTER SYSTEM SET max_wal_senders = 0");
        long pid = station.postmaster("pg1");
        Processes.kill(pid);
        Processes.await(
                "the server with other settings",
                PATIENCE,
                () -> {
                    try {
                        return station.value("pg1", "SHOW max_wal_senders").equals("0");
                    } catch (SQLException notYet) {
                        return false;
                    }
                });
    }

    /** A server that is stopped with the service is held to its last commit. */
    private static void handsOverItsLastSegment(Station station) throws Exception {
        station.sql("pg1", "CREATE TABLE last_words AS SELECT 1 AS x");
        String segment =
                station.value("pg1", "SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
        String id = station.server("pg1").at("id").shown();
        Path target = station.home().resolve("last");
        String vault = station.home().resolve("vault").toString();
        station.type("down", "--stop-servers").good();
        station.type("wal", "fetch", segment, target + "", "-n", id, "--vault", vault).good();
        assertThat(Files.size(target)).isEqualTo(16 << 20);
    }

    private static void switchSegments(Connection session, int count) throws SQLException {
        try (Statement statement = session.createStatement()) {
            for (int i = 0; i < count; i++) {
                statement.execute("CREATE TABLE IF NOT EXISTS s (x int)");
                statement.execute("INSERT INTO s VALUES (1)");
                statement.execute("SELECT pg_switch_wal()");
            }
        }
    }

    private static long waiting(Path data) {
        try (Stream<Path> files = Files.list(data.resolve("pg_wal/archive_status"))) {
            return files.filter(each -> each.toString().endsWith(".ready")).count();
        } catch (IOException e) {
            return 0;
        }
    }

    private static long failures(Connection session) {
        try (Statement statement = session.createStatement();
                ResultSet count =
                        statement.executeQuery("SELECT failed_count FROM pg_stat_archiver")) {
            count.next();
            return count.getLong(1);
        } catch (SQLException e) {
            return 0;
        }
    }

    private static void check(Station station, Ledger ledger, String name, Target target)
            throws Exception {
        try (Connection copy = station.connect(name)) {
            assertThat(ledger.check(copy, target).orThrow().transactions()).isPositive();
        }
    }

    /**
     * A copy of the files, and restore_command: what people do who have their own PostgreSQL. Once
     * through the service, and once when there is none any more, from vault and key alone.
     */
    private static void restoreByHand(Station station, PostgresBinaries binaries, Ledger ledger)
            throws Exception {
        Path folder = Files.createTempDirectory("pkhand");
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            Path first = folder.resolve("first");
            Path second = folder.resolve("second");
            backupByHand(station, binaries, first);
            copy(first, second, _ -> true);
            String id = station.server("pg1").at("id").shown();
            String fetch = Station.LAUNCHER + " wal fetch %f \"%p\" -n " + id;
            recover(binaries, first, fetch + " --home " + station.home(), ledger);

            station.type("down").good();
            Path vault = folder.resolve("vault");
            copy(station.home().resolve("vault"), vault, _ -> true);
            Path key = Files.copy(station.home().resolve("vault.key"), folder.resolve("key"));
            // the service's files are its own; the server's user gets a copy
            try (Stream<Path> all = Files.walk(vault)) {
                for (Path each : Stream.concat(all, Stream.of(key)).toList()) {
                    boolean isFolder = Files.isDirectory(each);
                    Files.setPosixFilePermissions(
                            each,
                            PosixFilePermissions.fromString(isFolder ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
            String words = " --vault " + vault + " --key-file " + key + " --home /nowhere";
            recover(binaries, second, fetch + words, ledger);
            station.up();
        } finally {
            Station.remove(folder);
        }
    }

    private static void backupByHand(Station station, PostgresBinaries binaries, Path data)
            throws Exception {
        boolean old = binaries.major() < 15;
        try (Connection connection = station.connect("pg1");
                Statement statement = connection.createStatement()) {
            boolean _ =
                    statement.execute(
                            old
                                    ? "SELECT pg_start_backup('hand', true, false)"
                                    : "SELECT pg_backup_start('hand', true)");
            copy(
                    station.dataDirectory("pg1"),
                    data,
                    relative ->
                            !(relative.startsWith("pg_wal") && relative.getNameCount() > 1)
                                    && !relative.toString().startsWith("postmaster."));
            String label;
            try (ResultSet stopped =
                    statement.executeQuery(
                            old
                                    ? "SELECT labelfile FROM pg_stop_backup(false, true)"
                                    : "SELECT labelfile FROM pg_backup_stop(true)")) {
                boolean _ = stopped.next();
                label = stopped.getString(1);
            }
            Path file = Files.writeString(data.resolve("backup_label"), label);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        }
    }

    private static void recover(
            PostgresBinaries binaries, Path data, String restoreCommand, Ledger ledger)
            throws Exception {
        Path signal = Files.createFile(data.resolve("recovery.signal"));
        Files.setPosixFilePermissions(signal, PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 trust\n");
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "archive_mode = off\nrestore_command = '" + restoreCommand + "'\n");
        try (TestServer hand = TestServer.startOver(binaries, data)) {
            Processes.await(
                    "the end of the recovery",
                    PATIENCE,
                    () -> hand.value("SELECT pg_is_in_recovery()").equals("f"));
            assertThat(hand.value("SELECT count(*) FROM s")).isNotEqualTo("0");
            try (Connection connection = hand.connection()) {
                assertThat(ledger.check(connection, Target.latest()).orThrow().transactions())
                        .isPositive();
            }
        }
    }

    private static void copy(Path from, Path to, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path relative = from.relativize(file);
                if (wanted.test(relative) && Files.exists(file)) {
                    Files.copy(
                            file,
                            to.resolve(relative.toString()),
                            StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    // cli.md: 0 done, 2 refused, 1 tried and failed; restore_command: 1 is "not there", and what is
    // not known must not end a recovery
    @Test
    void answersWrongUsesInOneSentence() throws Exception {
        try (Station station = Station.open()) {
            String segment = "000000010000000000000001";
            Ended down = station.type("wal", "push", "pg_wal/" + segment, "-n", "pg1");
            down.refused("the service is not running", "pgkeep up");
            Ended unknown = station.type("wal", "fetch", segment, "x", "-n", "pg1");
            assertThat(unknown.code()).as("%s", unknown).isEqualTo(200);
            station.up();
            Json _ = station.create("pg1", PostgresBinaries.newest());
            Path data = station.dataDirectory("pg1");
            Path target = station.home().resolve("fetched \"file\"");
            List<Ended> refused = new ArrayList<>();
            refused.add(station.type("wal", "push", "-n", "pg1"));
            refused.add(station.type("wal", "push", "pg_wal/" + segment));
            refused.add(station.type("wal", "push", "/nowhere/" + segment, "-n", "pg1"));
            refused.add(station.type("wal", "push", "/etc/passwd", "-n", "pg1"));
            refused.add(station.type("wal", "push", data + "", "-n", "pg1"));
            refused.add(station.type("wal", "push", "x", "-n", "pg 1"));
            refused.add(station.type("wal", "push", "x", "-n", "nobody"));
            refused.add(station.type("wal", "push", "x", "-n", "pg1", "-ns", "elsewhere"));
            refused.add(station.type("wal", "fetch", segment, "-n", "pg1"));
            refused.add(station.type("wal", "fetch", "nonsense", target + "", "-n", "pg1"));
            refused.add(station.type("wal", "fetch", "../x", target + "", "-n", "pg1"));
            refused.add(station.type("wal", "fetch", segment, target + "", "-n", "nobody"));
            refused.add(station.type("wal", "shove", "x", "-n", "pg1"));
            refused.add(station.type("wal"));
            assertThat(refused).allSatisfy(each -> each.refused("", ""));
            assertThat(target).doesNotExist();

            Ended later =
                    station.type(
                            "wal", "fetch", "0000000100000000000000EE", target + "", "-n", "pg1");
            assertThat(later.code()).as("%s", later).isOne();
            assertThat(later.err()).contains("is not in the vault").contains("hint: ");
            assertThat(target).doesNotExist();
            // streamed, and given out as a file; through Java as through the launcher's own way
            station.type("postgres", "wal", "fetch", segment, target + "", "-n", "pg1").good();
            assertThat(Files.size(target)).isEqualTo(16 << 20);
            byte[] fetched = Files.readAllBytes(target);
            station.type("wal", "fetch", segment, target + "", "--name=pg1").good();
            assertThat(Files.readAllBytes(target)).isEqualTo(fetched);
        }
    }
}
