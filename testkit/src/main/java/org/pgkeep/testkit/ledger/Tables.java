package org.pgkeep.testkit.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/** The ledger's tables, and the statements that make them. */
final class Tables {
    private Tables() {}

    static void make(Connection connection, String run, int writers) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "drop table if exists ledger_run, ledger_entry, ledger_account, ledger_victim");
            statement.execute("create table ledger_run (id text not null, writers int not null)");
            statement.execute(
                    "create table ledger_account (id int primary key, balance bigint not null)");
            statement.execute(
                    "create table ledger_entry (writer int not null, seq bigint not null,"
                            + " line int not null, source int not null, target int not null,"
                            + " amount bigint not null, payload bytea not null,"
                            + " primary key (writer, seq, line))");
            statement.execute(
                    "insert into ledger_account select id, "
                            + Script.FIRST_BALANCE
                            + " from generate_series("
                            + Script.firstAccount(1)
                            + ", "
                            + (Script.firstAccount(writers + 1) - 1)
                            + ") id");
        }
        try (PreparedStatement insert =
                connection.prepareStatement("insert into ledger_run values (?, ?)")) {
            insert.setString(1, run);
            insert.setInt(2, writers);
            insert.execute();
        }
    }

    static void makeVictim(Connection connection, int rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists ledger_victim");
            statement.execute(
                    "create table ledger_victim"
                            + " (id int primary key, name text not null, amount bigint not null)");
            statement.execute(
                    "insert into ledger_victim select id, 'victim ' || id, id * "
                            + victimAmount(1)
                            + " from generate_series(1, "
                            + rows
                            + ") id");
        }
    }

    static void dropVictim(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table ledger_victim");
        }
    }

    static String victimName(int id) {
        return "victim " + id;
    }

    static long victimAmount(int id) {
        return id * 7L;
    }
}
