package org.pgkeep.demo;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.PostgresNotFound;
import org.pgkeep.testkit.ledger.Act;
import org.pgkeep.testkit.ledger.Check;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;
import tools.jackson.databind.JsonNode;

/** What is played. One thread; only {@link #stopWriters} may be called from another. */
final class Tour {
    private static final String DATABASE = "shop";
    private static final int WRITERS = 4;

    /** Leaves the two cores of a small machine something for the snapshot and the restore. */
    private static final int TRANSACTIONS_PER_SECOND = 400;

    /** About 60 MB with its index: big enough that figures mean something, small enough to wait. */
    private static final int VICTIM_ROWS = 600_000;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    /** Asking whether it failed starts a process: once in two seconds. */
    private static final int LOOKS_PER_QUESTION = 40;

    private final Commands commands;
    private final Narrator narrator;
    private final Path home;
    private final String pgkeep;
    private final Instant start = Instant.now();
    private volatile @Nullable Ledger openLedger;

    Tour(Commands commands, Narrator narrator, Path home, Path launcher) {
        this.commands = commands;
        this.narrator = narrator;
        this.home = home;
        boolean here = Path.of("").toAbsolutePath().equals(launcher.getParent());
        this.pgkeep = here ? "./" + launcher.getFileName() : launcher.toString();
    }

    /** Plays it to the end, or fails. */
    void play() {
        try {
            acts();
        } catch (SQLException | IllegalStateException e) {
            throw new DemoFailed(
                    String.valueOf(e.getMessage()).strip(),
                    "run it again; if it happens again, report it with these lines");
        }
    }

    private void acts() throws SQLException {
        greet();
        startService();
        Shop shop = createServer();
        snapshotWhileTheyWrite(shop);
        Act accident = loseTheTable(shop);
        long xid = findTheMoment(accident);
        Door restored = restoreBefore(xid);
        prove(shop, restored, accident);
    }

    /** The server with its writers. */
    private record Shop(Door door, Ledger ledger) {}

    private void greet() {
        narrator.line(
                "A PostgreSQL server has clients that write all the time. A table is dropped by");
        narrator.line(
                "mistake. pgkeep brings back the moment before, as a new server, and the clients'");
        narrator.line("own books prove that nothing is missing and nothing is too much.");
        narrator.line("");
        narrator.line("All of it happens in " + home + " and is removed at the end.");
    }

    private void startService() {
        narrator.step("Start pgkeep");
        Instant began = Instant.now();
        JsonNode status = commands.type("up", "--detach");
        narrator.figure("ready", "after " + since(began));
        narrator.figure(
                "vault",
                "new, encrypted with a key of its own, in "
                        + status.path("vault").path("path").asString());
    }

    private Shop createServer() throws SQLException {
        narrator.step(
                "Create a server; its clients begin to write before the first snapshot is done");
        Instant began = Instant.now();
        JsonNode job = order("server", "create", "-n", DATABASE);
        Door door = Door.of(commands.quietly("server", "show", "-n", DATABASE));
        awaitOpen(door, job.path("id").asString());
        String open = since(began);
        Ledger ledger = letThemWrite(door);
        String writing = since(began);
        JsonNode server = commands.quietly("server", "show", "-n", DATABASE);
        narrator.figure(
                "server",
                "PostgreSQL "
                        + server.path("version").asString()
                        + " on 127.0.0.1:"
                        + door.port()
                        + ", open after "
                        + open);
        narrator.figure("clients", WRITERS + ", writing after " + writing);
        commands.type("job", "follow", job.path("id").asString());
        JsonNode first = commands.quietly("backup", "list", "-n", DATABASE).path(0);
        tellBackup("first snapshot", first);
        narrator.figure("committed by now", transactions(ledger.transactions()));
        ledger.makeVictim(VICTIM_ROWS);
        narrator.figure(
                "a table to lose", "ledger_victim, " + Narrator.number(VICTIM_ROWS) + " rows");
        return new Shop(door, ledger);
    }

    /** Creates; where the machine has no PostgreSQL, with the one that comes with the demo. */
    private JsonNode order(String... words) {
        narrator.command("pgkeep " + String.join(" ", words));
        Commands.Ended ended = commands.run(words);
        if (ended.code() != 0
                && commands.errorOf(ended).path("code").asString("").equals("no-binaries")) {
            PostgresBinaries binaries = embedded();
            narrator.remark("This machine has no PostgreSQL; the demo unpacks " + binaries + ".");
            commands.quietly("down");
            commands.also("PGKEEP_PG_BINARIES", binaries.bin().toString());
            commands.quietly("up", "--detach");
            ended = commands.run(words);
        }
        if (ended.code() != 0) {
            throw commands.failed(words, ended);
        }
        return ended.result();
    }

    private static PostgresBinaries embedded() {
        try {
            return PostgresBinaries.newest();
        } catch (PostgresNotFound e) {
            throw new DemoFailed(
                    "there is no PostgreSQL on this machine, and none came with pgkeep",
                    "install one, on Debian with: apt-get install postgresql");
        }
    }

    private Ledger letThemWrite(Door door) throws SQLException {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        door.run(
                "postgres",
                "create role " + DATABASE + " login password '" + password + "'",
                "create database " + DATABASE + " owner " + DATABASE);
        Properties login = new Properties();
        login.setProperty("user", DATABASE);
        login.setProperty("password", password);
        login.setProperty("sslmode", "disable");
        LedgerPlan plan = LedgerPlan.defaults().writers(WRITERS).pace(TRANSACTIONS_PER_SECOND);
        Ledger ledger = Ledger.on(door.url(DATABASE), login, plan);
        openLedger = ledger;
        ledger.setup();
        ledger.start();
        ledger.awaitTransactions(1, PATIENCE);
        return ledger;
    }

    /** The server takes connections before its first snapshot is done. */
    private void awaitOpen(Door door, String job) throws SQLException {
        Instant until = Instant.now().plus(PATIENCE);
        for (int looks = 1; ; looks++) {
            try (Connection connection = door.local("postgres")) {
                if (connection.isValid(0)) {
                    return;
                }
            } catch (SQLException notYet) {
                if (Instant.now().isAfter(until)) {
                    throw notYet;
                }
            }
            if (looks % LOOKS_PER_QUESTION == 0) {
                refuseFailed(commands.quietly("job", "show", job));
            }
            pause();
        }
    }

    private static void refuseFailed(JsonNode job) {
        if (job.path("state").asString("").equals("Failed")) {
            throw new DemoFailed(
                    "the server could not be created: "
                            + job.path("error").path("message").asString(""),
                    job.path("error").path("hint").asString("run it again with --keep"));
        }
    }

    private void snapshotWhileTheyWrite(Shop shop) throws SQLException {
        narrator.step("Take a snapshot while they write");
        long size =
                shop.door()
                        .number("postgres", "select sum(pg_database_size(oid)) from pg_database");
        long before = shop.ledger().transactions();
        JsonNode backup =
                commands.type("backup", "take", "-n", DATABASE, "-bn", "under-load", "--wait");
        long during = shop.ledger().transactions() - before;
        narrator.figure("databases", Narrator.bytes(size));
        tellBackup("snapshot", backup);
        narrator.figure("committed meanwhile", transactions(during));
    }

    private void tellBackup(String name, JsonNode backup) {
        narrator.figure(
                name,
                Narrator.bytes(backup.path("readBytes").asLong(0))
                        + " read, "
                        + Narrator.bytes(backup.path("storedBytes").asLong(0))
                        + " stored, compressed and encrypted, in "
                        + Narrator.seconds(backup.path("durationSeconds").asDouble(0)));
    }

    private Act loseTheTable(Shop shop) throws SQLException {
        narrator.step("Lose a table by mistake, while the clients go on");
        shop.ledger().awaitTransactions(TRANSACTIONS_PER_SECOND, PATIENCE);
        narrator.remark("$ psql -c 'drop table ledger_victim'");
        Act accident = shop.ledger().dropVictim();
        narrator.figure("dropped at", accident.commit().sent().wall().toString());
        shop.ledger().awaitTransactions(2 * TRANSACTIONS_PER_SECOND, PATIENCE);
        JsonNode server = commands.type("server", "show", "-n", DATABASE);
        narrator.figure(
                "WAL at risk",
                Narrator.seconds(server.path("walAtRiskSeconds").asDouble(0))
                        + ", "
                        + Narrator.bytes(server.path("walAtRiskBytes").asLong(0))
                        + ": lost if this machine burnt down now");
        return accident;
    }

    private long findTheMoment(Act accident) {
        narrator.step("Find that moment in the WAL");
        long xid = 0xffffffffL & accident.commit().xid();
        Optional<JsonNode> found = Optional.empty();
        Instant until = Instant.now().plus(PATIENCE);
        while (found.isEmpty() && Instant.now().isBefore(until)) {
            found = drop(commands.quietly("moments", "-n", DATABASE, "--drops"), xid);
        }
        JsonNode drop =
                found.orElseThrow(() ->
                        new DemoFailed(
                                "the drop in transaction "
                                        + xid
                                        + " is not among the moments found in the WAL",
                                "report it, please"));
        narrator.command("pgkeep moments -n " + DATABASE + " --drops");
        narrator.figure("committed at", drop.path("time").asString());
        narrator.figure(
                "transaction",
                xid + ", its commit is at WAL position " + drop.path("lsn").asString());
        return xid;
    }

    private static Optional<JsonNode> drop(JsonNode moments, long xid) {
        return moments.valueStream()
                .filter(moment -> moment.path("kind").asString("").equals("drop"))
                .filter(moment -> (0xffffffffL & moment.path("xid").asLong(0)) == xid)
                .findFirst();
    }

    private Door restoreBefore(long xid) {
        narrator.step("Restore a new server to just before it; the clients go on on the old one");
        String name = DATABASE + "-before";
        JsonNode done =
                commands.type(
                        "server",
                        "restore",
                        "-n",
                        name,
                        "-f",
                        DATABASE,
                        "--before",
                        Long.toString(xid),
                        "--wait");
        narrator.figure(
                "from",
                "snapshot "
                        + done.path("snapshot").path("name").asString()
                        + " and "
                        + Narrator.bytes(done.path("walBytes").asLong(0))
                        + " of WAL");
        narrator.figure("last commit there", done.path("lastCommit").path("time").asString("-"));
        narrator.figure(
                "restored",
                Narrator.bytes(done.path("dataBytes").asLong(0))
                        + " in "
                        + Narrator.seconds(done.path("restoreSeconds").asDouble(0))
                        + ", ready for queries after "
                        + Narrator.seconds(done.path("readySeconds").asDouble(0)));
        return Door.of(done.path("server"));
    }

    private void prove(Shop shop, Door restored, Act accident) throws SQLException {
        narrator.step("Compare with what the clients know");
        Check past;
        long rows;
        try (Connection connection = restored.local(DATABASE)) {
            past = shop.ledger().check(connection, Target.before(accident.commit()));
            rows = restored.number(DATABASE, "select count(*) from ledger_victim");
        }
        judge("restored server", past);
        narrator.figure(
                "restored server",
                transactions(past.transactions())
                        + ": all from before the moment, none from after");
        narrator.figure("the lost table", Narrator.number(rows) + " rows, each as it was");
        long before = shop.ledger().transactions();
        shop.ledger().awaitTransactions(WRITERS, PATIENCE);
        shop.ledger().stop();
        try (Connection connection = shop.door().local(DATABASE)) {
            Check present = shop.ledger().check(connection, Target.latest());
            judge("original server", present);
            narrator.figure(
                    "original server",
                    transactions(present.transactions()) + ": all; its clients wrote until now");
        }
        if (shop.ledger().transactions() <= before) {
            throw new DemoFailed(
                    "the clients of the original could not go on", "report it, please");
        }
    }

    private static void judge(String name, Check check) {
        if (!check.isGood()) {
            throw new DemoFailed(
                    "the " + name + " differs from what the clients know: " + check,
                    "report it with these lines: this must never happen");
        }
    }

    /** Says how to go on. */
    void farewell(boolean kept) {
        narrator.line("");
        if (kept) {
            narrator.line("It all runs on. Look at it with:");
            for (String words : new String[] {"server list", "moments -n shop --drops"}) {
                narrator.line("    " + pgkeep + " " + words + " --home " + home);
            }
            narrator.line("and end it with:");
            narrator.line("    " + pgkeep + " down --stop-servers --home " + home);
            narrator.line("    rm -r " + home);
            return;
        }
        narrator.line("Everything was where it belongs. The demo took " + since(start) + ".");
        narrator.line("Its servers and the service are stopped, " + home + " is removed.");
        narrator.line("");
        narrator.line("To keep pgkeep running, and look at it:");
        for (String words :
                new String[] {
                    "up --detach",
                    "server create -n pg1 --wait",
                    "server show -n pg1",
                    "moments -n pg1",
                    "--help"
                }) {
            narrator.line("    " + pgkeep + " " + words);
        }
    }

    /** Ends the writers; safe at any time. */
    void stopWriters() {
        Ledger ledger = openLedger;
        if (ledger != null) {
            ledger.close();
        }
    }

    private static String transactions(long count) {
        return Narrator.number(count) + " transactions";
    }

    private static String since(Instant began) {
        return Narrator.seconds(Duration.between(began, Instant.now()));
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw DemoFailed.interrupted();
        }
    }
}
