package org.pgkeep.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.service.TestHome.Answer;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;
import tools.jackson.databind.JsonNode;

/** The whole service with real servers, asked over HTTP as a face would. */
class ServiceIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void bringsBackAMomentAsANewServer(PostgresBinaries binaries) throws Exception {
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = create(home, "pg1", binaries);
            assertThat(origin.path("state").asString()).isEqualTo("Running");
            assertThat(backups(home, "pg1"))
                    .singleElement()
                    .satisfies(backup -> {
                        assertThat(backup.path("state").asString()).isEqualTo("Succeeded");
                        assertThat(backup.path("name").asString()).startsWith("auto-");
                    });
            makeWriter(origin);
            try (Ledger ledger = Ledger.on(url(origin), LedgerPlan.defaults().pace(300))) {
                ledger.setup();
                ledger.makeVictim(500);
                ledger.start();
                ledger.awaitTransactions(200, PATIENCE);
                JsonNode backup = home.done(home.post("/servers/pg1/backups", "{'name':'test'}"));
                assertThat(backup.path("name").asString()).isEqualTo("test");
                assertThat(home.post("/servers/pg1/backups", "{'name':'test'}").error())
                        .isEqualTo("name-taken");
                ledger.awaitTransactions(100, PATIENCE);
                ledger.dropVictim();
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();

                // the drop is found and undone
                List<JsonNode> drops =
                        list(home.get("/servers/pg1/moments?since=10m&drops=true").ok());
                JsonNode drop = drops.getLast();
                assertThat(drop.path("kind").asString()).isEqualTo("drop");
                JsonNode restored =
                        home.done(
                                home.post(
                                        "/restores",
                                        "{'name':'before','source':'pg1','target':{'beforeXid':"
                                                + drop.path("xid").asLong()
                                                + "}}"));
                assertThat(list(restored.path("checks")))
                        .isNotEmpty()
                        .allMatch(check -> check.path("ok").asBoolean());
                assertThat(restored.path("restoreSeconds").asDouble()).isPositive();
                check(
                        home,
                        "before",
                        ledger,
                        new Target.BeforeTransaction(drop.path("xid").asLong()));

                // a moment just past is waited for
                Instant now = Instant.now();
                JsonNode latest =
                        home.done(
                                home.post(
                                        "/restores",
                                        "{'name':'now','source':'"
                                                + origin.path("id").asString()
                                                + "','target':{'time':'"
                                                + now
                                                + "'}}"));
                assertThat(Instant.parse(latest.path("targetTime").asString()))
                        .isBeforeOrEqualTo(now);
                check(home, "now", ledger, Target.latest());
            }
            // a restored server protects itself from its first byte
            awaitState(home, "now", "Running");
            assertThat(awaitBackup(home, "now").path("name").asString()).startsWith("auto-");
        }
    }

    @Test
    void serversOutliveTheServiceAndAreFoundAgain() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = create(home, "pg1", binaries);
            makeWriter(origin);
            sql(origin, "CREATE TABLE t (n int)");
            sql(origin, "INSERT INTO t VALUES (1)");
            long postmaster = postmaster(origin);
            home.stop();

            // what happens while nobody looks is caught up
            assertThat(ProcessHandle.of(postmaster)).isPresent();
            sql(origin, "INSERT INTO t VALUES (2)");
            home.start();
            JsonNode again = awaitState(home, "pg1", "Running");
            assertThat(again.path("id")).isEqualTo(origin.path("id"));
            assertThat(postmaster(origin)).isEqualTo(postmaster);
            Instant after = Instant.now();
            home.done(
                    home.post(
                            "/restores",
                            "{'name':'copy','source':'pg1','target':{'time':'" + after + "'}}"));
            assertThat(number(server(home, "copy"), "SELECT sum(n) FROM t")).isEqualTo("3");

            // a postmaster that dies is started again
            ProcessHandle.of(postmaster).orElseThrow().destroyForcibly();
            awaitOtherPostmaster(origin, postmaster);
            awaitState(home, "pg1", "Running");
            assertThat(number(origin, "SELECT sum(n) FROM t")).isEqualTo("3");

            // one that the service stopped is started with it
            home.post("/shutdown?servers=stop", "").ok();
            home.stop();
            assertThat(Files.exists(data(origin).resolve("postmaster.pid"))).isFalse();
            home.start();
            awaitState(home, "pg1", "Running");
            assertThat(number(origin, "SELECT sum(n) FROM t")).isEqualTo("3");
        }
    }

    @Test
    void aLostCatalogIsRebuiltFromTheVault() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = create(home, "pg1", binaries);
            JsonNode gone = create(home, "gone", binaries);
            home.done(home.delete("/servers/gone"));
            home.stop();
            removeCatalog(home);

            home.start();
            JsonNode found = awaitState(home, "pg1", "Running");
            assertThat(found.path("id")).isEqualTo(origin.path("id"));
            assertThat(found.path("port")).isEqualTo(origin.path("port"));
            assertThat(found.path("settings").path("retention").asString()).isEqualTo("14d");
            assertThat(backups(home, "pg1")).hasSize(1);
            assertThat(home.get("/servers").ok().size()).isEqualTo(1);
            assertThat(
                            home.get("/servers/" + gone.path("id").asString())
                                    .ok()
                                    .path("state")
                                    .asString())
                    .isEqualTo("Deleted");
        }
    }

    @Test
    void aDeletedServerIsGoneAndComesBackByItsId() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = create(home, "pg1", binaries);
            makeWriter(origin);
            sql(origin, "CREATE TABLE t AS SELECT 42 AS n");
            long postmaster = postmaster(origin);

            JsonNode deleted = home.done(home.delete("/servers/pg1"));
            assertThat(deleted.path("state").asString()).isEqualTo("Deleted");
            assertThat(ProcessHandle.of(postmaster)).isEmpty();
            assertThat(data(origin).getParent()).doesNotExist();
            assertThat(home.path().resolve("spool/" + origin.path("id").asString())).doesNotExist();
            assertThat(home.get("/servers/pg1").error()).isEqualTo("unknown-server");
            assertThat(home.delete("/servers/" + origin.path("id").asString()).error())
                    .isEqualTo("wrong-state");

            // its name is free, and its last byte is held
            home.done(
                    home.post(
                            "/restores",
                            "{'name':'pg1','source':'"
                                    + origin.path("id").asString()
                                    + "','target':{'latest':true}}"));
            assertThat(number(server(home, "pg1"), "SELECT n FROM t")).isEqualTo("42");
        }
    }

    @Test
    void refusesWhatCantBeGrantedAndLeavesNothingBehind() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = create(home, "pg1", binaries);
            String create = "{'name':'pg1','version':'" + binaries.major() + "'}";
            assertThat(home.post("/servers", create).error()).isEqualTo("name-taken");
            String port = "{'name':'pg2','port':" + origin.path("port").asInt() + "}";
            Answer portTaken = home.post("/servers", port);
            assertThat(portTaken.error()).isEqualTo("port-taken");
            assertThat(portTaken.message()).contains("pg1");

            // a restore in the server's own place is refused for the same reasons
            assertThat(restore(home, "pg1", "'time':'2999-01-01T00:00Z'").error())
                    .isEqualTo("moment-in-future");
            assertThat(restore(home, "new", "'time':'2999-01-01T00:00Z'").error())
                    .isEqualTo("moment-in-future");
            Answer early = restore(home, "new", "'time':'2019-09-06T21:00:10.87966Z'");
            assertThat(early.status()).isEqualTo(422);
            assertThat(early.error()).isEqualTo("moment-too-early");
            assertThat(early.message() + early.hint())
                    .contains(origin.path("earliestRestorePoint").asString());
            assertThat(restore(home, "new", "'backup':'nothing'").error())
                    .isEqualTo("unknown-backup");
            assertThat(restore(home, "new", "'lsn':'soon'").error()).isEqualTo("bad-argument");
            assertThat(restore(home, "new", "'lsn':'FF/0'").error()).isEqualTo("moment-not-held");
            assertThat(restore(home, "new", "'xid':4000000000").error())
                    .isEqualTo("moment-not-held");
            assertThat(restore(home, "new", "'time':'noonish'").error()).isEqualTo("bad-argument");

            assertThat(home.get("/servers").ok().size()).isEqualTo(1);
            try (Stream<Path> folders = Files.list(home.path().resolve("servers"))) {
                assertThat(folders).hasSize(1);
            }
        }
    }

    @Test
    void aFailedCreationLeavesNoServerNoFolderAndNoName() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            // the vault's folder becomes a file: nothing can be stored
            Path vault = home.path().resolve("vault");
            Path aside = Files.move(vault, home.folder().resolve("aside"));
            Files.writeString(vault, "in the way");
            JsonNode job =
                    home.ended(
                            home.post(
                                    "/servers",
                                    "{'name':'pg1','version':'" + binaries.major() + "'}"));
            assertThat(job.path("state").asString()).isEqualTo("Failed");
            assertThat(job.path("error").path("hint").asString()).isNotEmpty();

            assertThat(home.get("/servers").ok().size()).isZero();
            try (Stream<Path> folders = Files.list(home.path().resolve("servers"))) {
                assertThat(folders).isEmpty();
            }
            Files.delete(vault);
            Files.move(aside, vault);
            create(home, "pg1", binaries);
        }
    }

    @Test
    void jobsCutShortByTheEndOfTheServiceEndAsIfNothingHadHappened() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.newest();
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            Answer creation =
                    home.post("/servers", "{'name':'pg1','version':'" + binaries.major() + "'}");
            home.stop();
            home.start();
            home.done(creation);
            JsonNode origin = awaitState(home, "pg1", "Running");
            makeWriter(origin);
            sql(origin, "CREATE TABLE t AS SELECT 7 AS n");

            Answer backup = home.post("/servers/pg1/backups", "{'name':'cut'}");
            home.stop();
            home.start();
            home.done(backup);
            assertThat(backups(home, "pg1"))
                    .filteredOn(each -> each.path("name").asString().equals("cut"))
                    .hasSize(1);

            Answer restoration = restore(home, "copy", "'latest':true");
            home.stop();
            home.start();
            home.done(restoration);
            assertThat(number(server(home, "copy"), "SELECT n FROM t")).isEqualTo("7");

            Answer deletion = home.delete("/servers/copy");
            home.stop();
            home.start();
            home.done(deletion);
            assertThat(home.get("/servers").ok().size()).isEqualTo(1);
            try (Stream<Path> folders = Files.list(home.path().resolve("servers"))) {
                assertThat(folders).hasSize(1);
            }
        }
    }

    // ---- words of these tests

    static JsonNode create(TestHome home, String name, PostgresBinaries binaries) {
        return home.done(
                home.post(
                        "/servers",
                        "{'name':'"
                                + name
                                + "','version':"
                                + binaries.major()
                                + ",'options':{'retention':'14d'}}"));
    }

    private static Answer restore(TestHome home, String name, String target) {
        return home.post(
                "/restores", "{'name':'" + name + "','source':'pg1','target':{" + target + "}}");
    }

    static JsonNode server(TestHome home, String name) {
        return home.get("/servers/" + name).ok();
    }

    private static List<JsonNode> backups(TestHome home, String server) {
        return list(home.get("/servers/" + server + "/backups").ok());
    }

    static List<JsonNode> list(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    static JsonNode awaitState(TestHome home, String server, String state) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            JsonNode now = server(home, server);
            if (now.path("state").asString().equals(state)
                    && now.path("reason").asString().isEmpty()) {
                return now;
            }
            TestHome.pause();
        }
        throw new AssertionError("not " + state + ": " + server(home, server).toPrettyString());
    }

    static JsonNode awaitBackup(TestHome home, String server) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            for (JsonNode backup : backups(home, server)) {
                if (backup.path("state").asString().equals("Succeeded")) {
                    return backup;
                }
            }
            TestHome.pause();
        }
        throw new AssertionError("no backup of " + server);
    }

    private static Path data(JsonNode server) {
        return Path.of(server.path("dataDirectory").asString());
    }

    private static long postmaster(JsonNode server) throws IOException {
        return Long.parseLong(
                Files.readAllLines(data(server).resolve("postmaster.pid")).getFirst().strip());
    }

    private static void awaitOtherPostmaster(JsonNode server, long old) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            if (Files.exists(data(server).resolve("postmaster.pid")) && postmaster(server) != old) {
                return;
            }
            TestHome.pause();
        }
        throw new AssertionError("the postmaster was not started again");
    }

    private static LocalSocket socket(JsonNode server) {
        String host = server.path("connectionString").asString().split("[= ]", -1)[1];
        return new LocalSocket(Path.of(host), server.path("port").asInt());
    }

    static void sql(JsonNode server, String statement) {
        try (WireConnection connection = open(server)) {
            connection.query(statement);
        }
    }

    static String number(JsonNode server, String query) {
        try (WireConnection connection = open(server)) {
            return String.valueOf(connection.query(query).getFirst().getFirst());
        }
    }

    /** Once it lets in: one that was just started again may recover first. */
    private static WireConnection open(JsonNode server) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return WireConnection.open(
                        socket(server), new Login("postgres", "postgres", "service test", false));
            } catch (Failure failure) {
                if (!failure.message().contains("57P03") || System.nanoTime() > end) {
                    throw failure;
                }
                TestHome.pause();
            }
        }
    }

    static void makeWriter(JsonNode server) {
        sql(server, "CREATE ROLE writer SUPERUSER LOGIN PASSWORD 'word'");
    }

    private static String url(JsonNode server) {
        return "jdbc:postgresql://127.0.0.1:"
                + server.path("port").asInt()
                + "/postgres?user=writer&password=word";
    }

    /** Opens the restored server's firewall, then compares it with the writers' truth. */
    private static void check(TestHome home, String name, Ledger ledger, Target target)
            throws Exception {
        JsonNode server = awaitState(home, name, "Running");
        Files.writeString(
                data(server).resolve("pg_hba.conf"),
                "local all all peer map=pgkeep\nlocal replication all peer map=pgkeep\n"
                        + "host all writer 127.0.0.1/32 scram-sha-256\n");
        sql(server, "SELECT pg_reload_conf()");
        assertThat(waitedFor(server)).isTrue();
        try (Connection copy = DriverManager.getConnection(url(server))) {
            assertThat(ledger.check(copy, target).orThrow().transactions()).isPositive();
        }
    }

    private static boolean waitedFor(JsonNode server) {
        for (int i = 0; i < 100; i++) {
            try (Connection _ = DriverManager.getConnection(url(server))) {
                return true;
            } catch (java.sql.SQLException notYet) {
                TestHome.pause();
            }
        }
        return false;
    }

    private static void removeCatalog(TestHome home) throws IOException {
        try (Stream<Path> files = Files.list(home.path())) {
            for (Path each : files.toList()) {
                if (each.getFileName().toString().startsWith("catalog.db")) {
                    Files.delete(each);
                }
            }
        }
    }
}
