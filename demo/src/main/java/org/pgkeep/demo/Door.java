package org.pgkeep.demo;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The ways into a server that {@code server show} tells of: the local socket for the user who runs
 * pgkeep, TCP for clients with a password.
 *
 * @param socketDirectory where the local socket is
 * @param port the port, part of the socket's name too
 * @param user who gets in through the local socket
 */
record Door(Path socketDirectory, int port, String user) {
    private static final Pattern WORD = Pattern.compile("(\\w+)\\s*=\\s*('[^']*'|\\S+)");

    /** Read from the connection string that {@code psql} takes. */
    static Door of(JsonNode server) {
        String text = server.path("connectionString").asString("");
        Map<String, String> words = new HashMap<>();
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            words.put(word.group(1), word.group(2).replace("'", ""));
        }
        if (!words.keySet().containsAll(Set.of("host", "port", "user"))) {
            throw new DemoFailed(
                    "this connection string can't be read: " + text, "report it, please");
        }
        return new Door(
                Path.of(words.getOrDefault("host", "")),
                Integer.parseInt(words.getOrDefault("port", "")),
                words.getOrDefault("user", ""));
    }

    /** In through the local socket: no password, no firewall. */
    Connection local(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("socketFactory", LocalSocketFactory.class.getName());
        properties.setProperty(
                "socketFactoryArg", socketDirectory.resolve(".s.PGSQL." + port).toString());
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + port + "/" + database, properties);
    }

    /** The address for clients. */
    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Runs statements through the local socket. */
    void run(String database, String... statements) throws SQLException {
        try (Connection connection = local(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Asks for one number through the local socket. */
    long number(String database, String sql) throws SQLException {
        try (Connection connection = local(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            if (!result.next()) {
                throw new SQLException("no row from: " + sql);
            }
            return result.getLong(1);
        }
    }
}
