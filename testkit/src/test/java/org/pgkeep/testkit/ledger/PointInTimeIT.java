package org.pgkeep.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;

/** The judge against PostgreSQL's own point-in-time recovery, while writers work. */
class PointInTimeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    private record Restore(String recoveryTarget, Target target) {}

    @ParameterizedTest
    @MethodSource("versions")
    void agreesWithPostgresAboutEveryKindOfTarget(PostgresBinaries binaries) throws Exception {
        boolean commitTimes = binaries.major() != 15;
        ServerSettings settings =
                ServerSettings.defaults().walSegmentMegabytes(1).with("wal_keep_size", "2GB");
        try (TestServer origin =
                        TestServer.start(
                                binaries, commitTimes ? settings.commitTimestamps() : settings);
                Ledger ledger =
                        Ledger.on(origin.jdbcUrl(), LedgerPlan.defaults().payloadBytes(20))) {
            ledger.setup();
            ledger.makeVictim(100);
            origin.stop(TestServer.StopMode.FAST);
            Path base = copy(origin.dataDirectory(), origin.newDirectory("copies"), "base");
            origin.start();
            ledger.start();
            ledger.awaitTransactions(200, PATIENCE);
            Instant instant = ledger.mark();
            ledger.awaitTransactions(200, PATIENCE);
            Act dropped = ledger.dropVictim();
            ledger.awaitTransactions(200, PATIENCE);
            ledger.stop();
            origin.execute("select pg_switch_wal()");
            String wal = origin.dataDirectory().resolve("pg_wal").toString();
            List<Commit> commits =
                    ledger.truth().committed().flatMap(one -> one.commit().stream()).toList();
            Commit some =
                    commits.stream()
                            .sorted(Comparator.comparingLong(Commit::lsnBefore))
                            .skip(commits.size() / 3)
                            .findFirst()
                            .orElseThrow();

            List<Restore> restores = new ArrayList<>();
            restores.add(at(instant));
            restores.add(before(some));
            restores.add(before(dropped.commit()));
            restores.add(
                    new Restore(
                            "recovery_target_lsn = '"
                                    + text(some.lsnBefore())
                                    + "'\nrecovery_target_inclusive = off",
                            new Target.AtLsn(some.lsnBefore())));
            if (commitTimes) {
                restores.add(at(some.committedAt().orElseThrow()));
            }
            List<Check> checks = new ArrayList<>();
            for (Restore restore : restores) {
                checks.add(recover(ledger, binaries, base, wal, restore));
            }
            assertThat(checks).allMatch(check -> check.transactions() > 50);
            // the judge is not just lenient: the wrong copy for each target is bad
            Path victim = copy(base, base.resolve("..").normalize(), "wrong");
            try (TestServer wrong = started(binaries, victim, wal, restores.get(2));
                    Connection connection = wrong.connection()) {
                assertThat(ledger.check(connection, restores.get(2).target()).isGood()).isTrue();
                assertThat(ledger.check(connection, restores.get(0).target()).isGood()).isFalse();
                assertThat(ledger.check(connection, restores.get(1).target()).isGood()).isFalse();
                assertThat(ledger.check(connection, Target.latest()).violations())
                        .contains("ledger_victim is there, but should not be");
            }
        }
    }

    private static Restore at(Instant instant) {
        // settings know no abbreviations of zones, and Z is one
        String text = instant.toString().replace("Z", "+00");
        return new Restore("recovery_target_time = '" + text + "'", Target.at(instant));
    }

    private static Restore before(Commit commit) {
        return new Restore(
                "recovery_target_xid = '" + commit.xid() + "'\nrecovery_target_inclusive = off",
                Target.before(commit));
    }

    private static Check recover(
            Ledger ledger, PostgresBinaries binaries, Path base, String wal, Restore restore)
            throws Exception {
        Path data = copy(base, base.resolve("..").normalize(), "copy" + System.nanoTime());
        try (TestServer restored = started(binaries, data, wal, restore);
                Connection connection = restored.connection()) {
            return ledger.check(connection, restore.target()).orThrow();
        }
    }

    private static TestServer started(
            PostgresBinaries binaries, Path data, String wal, Restore restore) throws Exception {
        Path configuration = data.resolve("postgresql.conf");
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        + "\nrestore_command = 'cp "
                        + wal
                        + "/%f %p'\nrecovery_target_action = promote\n"
                        + restore.recoveryTarget()
                        + "\n");
        Files.createFile(data.resolve("recovery.signal"));
        TestServer server = TestServer.startOver(binaries, data);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (server.value("select pg_is_in_recovery()").equals("t")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(20);
        }
        return server;
    }

    private static Path copy(Path from, Path parent, String name) throws Exception {
        Path to = parent.resolve(name);
        Process copy =
                new ProcessBuilder("cp", "-a", from.toString(), to.toString()).inheritIO().start();
        assertThat(copy.waitFor()).isZero();
        return to;
    }

    private static String text(long lsn) {
        return Long.toHexString(lsn >>> 32) + "/" + Long.toHexString(lsn & 0xFFFFFFFFL);
    }
}
