package org.pgkeep.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.TestServer;

/**
 * Each test copies the database, does damage to the copy, and expects exactly that damage to be
 * found. Where a rule is tested alone, the balances are mended, so that no other rule sees it.
 */
class PlantedFaultsIT {
    private static final List<AutoCloseable> OPEN = new java.util.ArrayList<>();
    private static int copies;

    @BeforeAll
    static void write() throws Exception {
        TestServer server = TestServer.start(PostgresBinaries.newest());
        OPEN.add(server);
        server.execute("create database original");
        Ledger ledger = Ledger.on(server.jdbcUrl("original"), LedgerPlan.defaults().writers(3));
        OPEN.addFirst(ledger);
        ledger.setup();
        ledger.makeVictim(20);
        ledger.start();
        ledger.awaitTransactions(300, Duration.ofMinutes(1));
        ledger.stop();
    }

    @AfterAll
    static void close() throws Exception {
        for (AutoCloseable open : OPEN) {
            open.close();
        }
    }

    private static TestServer server() {
        return (TestServer) OPEN.getLast();
    }

    private static Ledger ledger() {
        return (Ledger) OPEN.getFirst();
    }

    @Test
    void anUndamagedCopyIsGood() throws Exception {
        assertThat(damaged("select 1").violations()).isEmpty();
    }

    @Test
    void aDeletedEntryOfATransaction() throws Exception {
        long seq = firstOf(Script.Kind.BIG);
        assertThat(
                        damaged(
                                        "delete from ledger_entry where writer = 1 and seq = "
                                                + seq
                                                + " and line = 1")
                                .violations())
                .contains(
                        "writer 1, transaction "
                                + seq
                                + ": entries [1] are missing, others are there")
                .anyMatch(words -> words.contains("by its entries it has"));
    }

    @Test
    void aMissingTransactionInTheMiddle() throws Exception {
        long seq = firstOf(Script.Kind.SMALL);
        Check check = damaged(removed(1, seq), Target.at(Instant.now(), Duration.ofDays(1)));
        assertThat(check.violations())
                .hasSize(2)
                .anyMatch(words ->
                        words.startsWith(
                                "writer 1: 1 transaction ("
                                        + seq
                                        + ") missing, but later ones of the same writer"))
                .anyMatch(words -> words.contains("acknowledged before others that are there"));
    }

    @Test
    void aMissingLastTransaction() throws Exception {
        Truth.Transaction last = lastOf(1);
        assertThat(damaged(removed(1, last.seq())).violations())
                .anyMatch(words ->
                        words.startsWith(
                                "writer 1: 1 transaction ("
                                        + last.seq()
                                        + ") missing, but acknowledged before the target"));
    }

    @Test
    void aMissingLastTransactionOfOneWriterWhenAnotherWroteLater() throws Exception {
        Truth.Transaction first =
                List.of(lastOf(1), lastOf(2), lastOf(3)).stream()
                        .min(
                                Comparator.comparingLong(
                                        last -> last.commit().orElseThrow().sent().nanos()))
                        .orElseThrow();
        StringBuilder damage = new StringBuilder();
        // the last five, so that some were surely acknowledged before others were sent
        for (long seq = first.seq(); seq > first.seq() - 5; seq--) {
            damage.append(removed(first.writer(), seq)).append(';');
        }
        // a target that neither asks for anything nor forbids anything
        Check check = damaged(damage.toString(), Target.at(Instant.now(), Duration.ofDays(1)));
        assertThat(check.violations())
                .singleElement()
                .asString()
                .contains("missing, but acknowledged before others that are there were sent");
    }

    @Test
    void anEntryThatNobodyWrote() throws Exception {
        assertThat(
                        damaged(
                                        "insert into ledger_entry select writer, 9999, 0, source,"
                                                + " target, 0, payload from ledger_entry limit 1")
                                .violations())
                .anyMatch(words -> words.contains("1 transaction (9999) there, but never written"));
    }

    @Test
    void aTransactionThatWasRolledBack() throws Exception {
        long seq = firstOf(Script.Kind.ROLLED_BACK);
        assertThat(
                        damaged(
                                        "insert into ledger_entry select 1, "
                                                + seq
                                                + ", 0, source, target, 0, payload"
                                                + " from ledger_entry limit 1")
                                .violations())
                .contains("writer 1: 1 transaction (" + seq + ") there, but rolled back");
    }

    @Test
    void anEntryOfASubtransactionThatWasRolledBack() throws Exception {
        long seq = firstOf(Script.Kind.SAVEPOINTS);
        assertThat(
                        damaged(
                                        "insert into ledger_entry select 1, "
                                                + seq
                                                + ", 1, source, target, 0, payload"
                                                + " from ledger_entry limit 1")
                                .violations())
                .containsExactly(
                        "writer 1, transaction "
                                + seq
                                + ": entry 1 is there, but was never committed");
    }

    @Test
    void aChangedBalance() throws Exception {
        assertThat(damaged("update ledger_account set balance = balance + 1 where id = 11"))
                .extracting(Check::violations)
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.list(String.class))
                .hasSize(2)
                .anyMatch(words -> words.startsWith("account 11 has "))
                .anyMatch(words -> words.startsWith("all accounts together have 30000001"));
    }

    @Test
    void aMissingAndAnAddedAccount() throws Exception {
        assertThat(damaged("update ledger_account set id = 99 where id = 11").violations())
                .contains("accounts [11] are missing", "account 99 is there, but never was");
    }

    @Test
    void aChangedPayload() throws Exception {
        long seq = firstOf(Script.Kind.SMALL);
        assertThat(
                        damaged(
                                        "update ledger_entry set payload = set_byte(payload, 3,"
                                                + " 255 - get_byte(payload, 3)) where writer = 1 and"
                                                + " seq = "
                                                + seq)
                                .violations())
                .containsExactly(
                        "writer 1, transaction " + seq + ": entry 0 is not as it was written");
    }

    @Test
    void anIndexThatLacksARow() throws Exception {
        assertThat(
                        damaged(
                                        "update pg_index set indisready = false where indexrelid ="
                                                + " 'ledger_entry_pkey'::regclass; create temp table"
                                                + " one as select * from ledger_entry where writer = 1"
                                                + " and seq = 1 and line = 0; delete from ledger_entry"
                                                + " where writer = 1 and seq = 1 and line = 0; insert"
                                                + " into ledger_entry select * from one; update"
                                                + " pg_index set indisready = true where indexrelid ="
                                                + " 'ledger_entry_pkey'::regclass")
                                .violations())
                .singleElement()
                .asString()
                .startsWith("rows of ledger_entry per writer by its index:");
    }

    @Test
    void missingTables() throws Exception {
        assertThat(damaged("drop table ledger_run, ledger_entry, ledger_account").violations())
                .contains("the ledger's tables are missing")
                .anyMatch(words -> words.contains("missing, but acknowledged before the target"));
    }

    @Test
    void theVictim() throws Exception {
        assertThat(damaged("drop table ledger_victim").violations())
                .containsExactly("ledger_victim is missing");
        assertThat(damaged("delete from ledger_victim where id = 7").violations())
                .singleElement()
                .asString()
                .startsWith("ledger_victim has Victim[rows=19");
        Commit made = ledger().truth().acts().getLast().commit();
        assertThat(damaged("select 1", Target.before(made)).violations())
                .contains("ledger_victim is there, but should not be");
    }

    @Test
    void anotherLedger() throws Exception {
        assertThat(damaged("update ledger_run set id = 'another'").violations())
                .singleElement()
                .asString()
                .startsWith("the copy holds the ledger another, the truth is that of ");
    }

    @Test
    void transactionsThatAreLaterThanTheTarget() throws Exception {
        List<Commit> commits =
                ledger().truth().committed().flatMap(one -> one.commit().stream()).toList();
        Commit some =
                commits.stream()
                        .sorted(Comparator.comparingLong(Commit::lsnBefore))
                        .skip(commits.size() / 2)
                        .findFirst()
                        .orElseThrow();
        for (Target target :
                List.of(
                        Target.at(some.sent().wall()),
                        new Target.AtLsn(some.lsnBefore()),
                        Target.before(some))) {
            Check check = damaged("select 1", target);
            assertThat(check.violations())
                    .hasSize(3)
                    .allMatch(words -> words.contains("there, but committed after the target"));
            assertThat(check.transactions()).isGreaterThan(check.expectedAtMost());
            assertThat(check.expectedAtLeast()).isBetween(100L, check.expectedAtMost());
        }
    }

    private static Check damaged(String damage) throws Exception {
        return damaged(damage, Target.latest());
    }

    private static Check damaged(String damage, Target target) throws Exception {
        String name = "copy" + copies++;
        server().execute("create database " + name + " template original");
        try (Connection connection = server().connection(name);
                Statement statement = connection.createStatement()) {
            statement.execute(damage);
            return ledger().check(connection, target);
        }
    }

    /** Takes a transaction out of the tables as if it had never been. */
    private static String removed(int writer, long seq) {
        String where = " where writer = " + writer + " and seq = " + seq;
        return "update ledger_account a set balance = balance"
                + " + (select coalesce(sum(amount), 0) from ledger_entry"
                + where
                + " and source = a.id) - (select coalesce(sum(amount), 0) from ledger_entry"
                + where
                + " and target = a.id); delete from ledger_entry"
                + where;
    }

    private static long firstOf(Script.Kind kind) {
        Script script = new Script(LedgerPlan.defaults().seed(), 100);
        return ledger().truth().transactions().stream()
                .filter(one -> one.writer() == 1)
                .mapToLong(Truth.Transaction::seq)
                .filter(seq -> script.kind(1, seq) == kind)
                .findFirst()
                .orElseThrow();
    }

    private static Truth.Transaction lastOf(int writer) {
        return ledger().truth()
                .committed()
                .filter(one -> one.writer() == writer)
                .max(Comparator.comparingLong(Truth.Transaction::seq))
                .orElseThrow();
    }
}
