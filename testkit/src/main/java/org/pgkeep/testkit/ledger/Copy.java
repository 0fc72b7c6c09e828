package org.pgkeep.testkit.ledger;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a server holds of a ledger, read in one snapshot. Rows that contradict the script, an index
 * that contradicts its table, and balances that contradict the entries are noted here; what should
 * be there at all is for the {@link Judge}.
 */
final class Copy {
    private static final int FETCH_ROWS = 5000;

    private final Script script;
    private Optional<String> run = Optional.empty();
    private final TreeMap<Integer, NavigableSet<Long>> present = new TreeMap<>();
    private final Map<Integer, Long> balances = new HashMap<>();
    private Optional<Victim> victim = Optional.empty();
    private final List<String> contradictions = new ArrayList<>();

    private Copy(Script script) {
        this.script = script;
    }

    /** The table to be dropped, as it stands. */
    record Victim(int rows, boolean asFilled) {}

    static Copy read(Connection connection, Script script) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            connection.rollback();
            statement.execute("set transaction isolation level repeatable read, read only");
            statement.setFetchSize(FETCH_ROWS);
            Copy copy = new Copy(script);
            if (exists(statement, "ledger_run")) {
                copy.readAll(statement);
            }
            if (exists(statement, "ledger_victim")) {
                copy.readVictim(statement);
            }
            return copy;
        } finally {
            connection.rollback();
            connection.setAutoCommit(autoCommit);
        }
    }

    /** The ledger that these tables belong to; empty when there are none. */
    Optional<String> run() {
        return run;
    }

    /** Per writer the numbers of the transactions of which anything is there. */
    NavigableSet<Long> present(int writer) {
        return present.getOrDefault(writer, new TreeSet<>());
    }

    Iterable<Integer> writers() {
        return present.keySet();
    }

    Optional<Victim> victim() {
        return victim;
    }

    List<String> contradictions() {
        return contradictions;
    }

    private static boolean exists(Statement statement, String table) throws SQLException {
        try (ResultSet result =
                statement.executeQuery("select to_regclass('" + table + "') is not null")) {
            result.next();
            return result.getBoolean(1);
        }
    }

    private void readAll(Statement statement) throws SQLException {
        int writers;
        try (ResultSet result = statement.executeQuery("select id, writers from ledger_run")) {
            result.next();
            run = Optional.of(result.getString(1));
            writers = result.getInt(2);
        }
        Map<Integer, Long> rowsOfTable = readEntries(statement);
        compareIndex(statement, rowsOfTable);
        compareBalances(statement, writers);
    }

    /** Reads the table itself, not its index; returns the number of rows per writer. */
    private Map<Integer, Long> readEntries(Statement statement) throws SQLException {
        Map<Integer, Long> rows = new TreeMap<>();
        statement.execute("set local enable_indexscan = off");
        statement.execute("set local enable_bitmapscan = off");
        statement.execute("set local enable_indexonlyscan = off");
        try (ResultSet result =
                statement.executeQuery(
                        "select writer, seq, line, source, target, amount, encode(sha256(payload), 'hex')"
                                + " from ledger_entry order by writer, seq, line")) {
            List<Row> group = new ArrayList<>();
            while (result.next()) {
                Row row =
                        new Row(
                                result.getInt(1),
                                result.getLong(2),
                                result.getInt(3),
                                result.getInt(4),
                                result.getInt(5),
                                result.getLong(6),
                                result.getString(7));
                rows.merge(row.writer, 1L, Long::sum);
                if (!group.isEmpty() && !group.getFirst().isOfSameTransaction(row)) {
                    accept(group);
                    group.clear();
                }
                group.add(row);
            }
            if (!group.isEmpty()) {
                accept(group);
            }
        }
        return rows;
    }

    private record Row(
            int writer, long seq, int line, int source, int target, long amount, String digest) {
        boolean isOfSameTransaction(Row other) {
            return writer == other.writer && seq == other.seq;
        }

        boolean isAs(Script.Line expected) {
            return source == expected.source()
                    && target == expected.target()
                    && amount == expected.amount()
                    && digest.equals(Script.digest(expected.payload()));
        }
    }

    private void accept(List<Row> group) {
        Row first = group.getFirst();
        present.computeIfAbsent(first.writer, _ -> new TreeSet<>()).add(first.seq);
        Map<Integer, Script.Line> expected = new TreeMap<>();
        for (Script.Line line : script.lines(first.writer, first.seq)) {
            if (!line.undone()) {
                expected.put(line.number(), line);
            }
        }
        String name = "writer " + first.writer + ", transaction " + first.seq;
        for (Row row : group) {
            balances.merge(row.source, -row.amount, Long::sum);
            balances.merge(row.target, row.amount, Long::sum);
            Script.Line line = expected.remove(row.line);
            if (line == null) {
                contradictions.add(
                        name + ": entry " + row.line + " is there, but was never committed");
            } else if (!row.isAs(line)) {
                contradictions.add(name + ": entry " + row.line + " is not as it was written");
            }
        }
        if (!expected.isEmpty()) {
            contradictions.add(
                    name + ": entries " + expected.keySet() + " are missing, others are there");
        }
    }

    private void compareIndex(Statement statement, Map<Integer, Long> rowsOfTable)
            throws SQLException {
        statement.execute("set local enable_indexscan = on");
        statement.execute("set local enable_indexonlyscan = on");
        statement.execute("set local enable_seqscan = off");
        Map<Integer, Long> rowsOfIndex = new TreeMap<>();
        try (ResultSet result =
                statement.executeQuery(
                        "select writer, count(*) from ledger_entry group by writer order by 1")) {
            while (result.next()) {
                rowsOfIndex.put(result.getInt(1), result.getLong(2));
            }
        }
        if (!rowsOfIndex.equals(rowsOfTable)) {
            contradictions.add(
                    "rows of ledger_entry per writer by its index: "
                            + rowsOfIndex
                            + ", by the table itself: "
                            + rowsOfTable);
        }
    }

    private void compareBalances(Statement statement, int writers) throws SQLException {
        int from = Script.firstAccount(1);
        int to = Script.firstAccount(writers + 1);
        TreeSet<Integer> missing = new TreeSet<>();
        for (int account = from; account < to; account++) {
            missing.add(account);
        }
        long sum = 0;
        statement.execute("set local enable_seqscan = on");
        try (ResultSet result =
                statement.executeQuery("select id, balance from ledger_account order by id")) {
            while (result.next()) {
                int account = result.getInt(1);
                long balance = result.getLong(2);
                long expected = Script.FIRST_BALANCE + balances.getOrDefault(account, 0L);
                sum += balance;
                if (!missing.remove(account)) {
                    contradictions.add("account " + account + " is there, but never was");
                } else if (balance != expected) {
                    contradictions.add(
                            "account "
                                    + account
                                    + " has "
                                    + balance
                                    + ", by its entries it has "
                                    + expected);
                }
            }
        }
        if (!missing.isEmpty()) {
            contradictions.add("accounts " + missing + " are missing");
        }
        long right = (to - from) * Script.FIRST_BALANCE;
        if (sum != right) {
            contradictions.add("all accounts together have " + sum + ", right is " + right);
        }
    }

    private void readVictim(Statement statement) throws SQLException {
        int rows = 0;
        boolean asFilled = true;
        try (ResultSet result =
                statement.executeQuery("select id, name, amount from ledger_victim order by id")) {
            while (result.next()) {
                rows++;
                asFilled &=
                        result.getInt(1) == rows
                                && Tables.victimName(rows).equals(result.getString(2))
                                && result.getLong(3) == Tables.victimAmount(rows);
            }
        }
        victim = Optional.of(new Victim(rows, asFilled));
    }
}
