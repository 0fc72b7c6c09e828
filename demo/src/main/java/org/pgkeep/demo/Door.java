package org.pgkeep.demo;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
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
    /** Read from the connection string that {@code psql} takes: the folder is its host, encoded. */
    static Door of(JsonNode server) {
        URI uri = URI.create(server.path("connectionString").asString(""));
        String place = String.valueOf(uri.getRawAuthority());
        int at = place.indexOf('@');
        int colon = place.lastIndexOf(':');
        if (at < 0 || colon < at) {
            throw new DemoFailed(
                    "this connection string can't be read: " + uri, "report it, please");
        }
        String folder = URLDecoder.decode(place.substring(at + 1, colon), StandardCharsets.UTF_8);
        return new Door(
                Path.of(folder),
                Integer.parseInt(place.substring(colon + 1)),
                place.substring(0, at));
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
