package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.demo.LocalSocketFactory;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.testkit.PostgresBinaries;

/** Restores for people who run their own PostgreSQL: started by hand, as they do it. */
class DirectoryRestoreIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void recoversWhereverPostgresIsStartedByHand() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.rotating().getFirst();
        Path folder = Files.createTempDirectory("pkown");
        OperatingSystemUser user = OperatingSystemUser.forServers();
        try (Station station = Station.running()) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path space = Files.createDirectory(folder.resolve("space"));
            user.own(space);
            station.create("pg1", binaries);
            station.sql("pg1", "CREATE TABLESPACE s LOCATION '" + space + "'");
            station.sql("pg1", "CREATE TABLE t TABLESPACE s AS SELECT 1 AS i");
            station.type("backup", "take", "-n", "pg1", "-bn", "b", "--wait").good();
            station.sql("pg1", "INSERT INTO t VALUES (2)", "SELECT pg_switch_wal()");

            // beside the service, which knows that nothing is missing of an idle server
            String now = station.value("pg1", "SELECT clock_timestamp()");
            Path first = folder.resolve("first");
            String mapping = space + "=" + folder.resolve("space-of-first");
            List<String> asked = List.of("-f", "pg1", "-t", now, "--tablespace-mapping", mapping);
            Json plan = restore(station, first, asked, "--wal", "copy", "--plan");
            assertThat(plan.at("wal").shown()).isEqualTo("copy");
            assertThat(plan.at("tablespaces").at(space.toString()).shown())
                    .endsWith("space-of-first");
            assertThat(first).doesNotExist();
            Json _ = restore(station, first, asked, "--wal", "copy");
            station.sql("pg1", "INSERT INTO t VALUES (3)");
            assertThat(recovered(binaries, user, folder, first)).isEqualTo("1,2");

            String xid = xidOf(station, "INSERT INTO t VALUES (4)");
            station.sql("pg1", "SELECT pg_switch_wal()", "INSERT INTO t VALUES (5)");
            station.type("server", "restore", "-f", "pg1", "--plan", "--before", xid, "-n", "x")
                    .good();
            station.type("down").good();
            refusals(station, folder, user, space);

            // and with vault and key alone
            Path vault = folder.resolve("vault");
            Path key = folder.resolve("key");
            copy(station.home().resolve("vault"), vault);
            Files.copy(station.home().resolve("vault.key"), key);
            user.own(vault);
            user.own(key);
            Path second = folder.resolve("second");
            Json done =
                    restore(
                            station,
                            second,
                            List.of("-f", "pg1", "--before", xid, "--vault", vault.toString()),
                            "--key-file",
                            key.toString(),
                            "--wal",
                            "fetch",
                            "--tablespace-mapping",
                            space + "=" + folder.resolve("space-of-second"));
            assertThat(Files.readString(second.resolve("postgresql.auto.conf")))
                    .contains("wal fetch")
                    .contains(vault.toString())
                    .doesNotContain(station.home().toString());
            assertThat(done.at("wal").shown()).isEqualTo("fetch");
            try (Stream<Path> wal = Files.list(second.resolve("pg_wal"))) {
                assertThat(wal.filter(Files::isRegularFile)).isEmpty();
            }
            assertThat(recovered(binaries, user, folder, second)).isEqualTo("1,2,3");
            // the origin's tablespace is the origin's
            assertThat(folder.resolve("space-of-second")).isNotEmptyDirectory();
            station.up();
            assertThat(station.value("pg1", "SELECT string_agg(i::text, ',') FROM t"))
                    .isEqualTo("1,2,3,4,5");
        } finally {
            Station.remove(folder);
        }
    }

    private static void refusals(Station station, Path folder, OperatingSystemUser user, Path space)
            throws Exception {
        String mapping = space + "=" + folder.resolve("elsewhere");
        Path used = Files.createDirectory(folder.resolve("used"));
        user.own(used);
        Files.writeString(used.resolve("PG_VERSION"), "precious");
        refused(station, used, "is not empty", "choose an empty folder", mapping);
        assertThat(used.resolve("PG_VERSION")).hasContent("precious");
        refused(station, folder.resolve("no/where"), "does not exist", "mkdir -p", mapping);
        refused(station, folder.resolve("new"), "is not empty", "--tablespace-mapping", "");
        refused(
                station,
                folder.resolve("new"),
                "no tablespace in /nowhere",
                space.toString(),
                "/nowhere=" + folder.resolve("elsewhere"));
        if (Station.isRoot()) {
            Path roots = Files.createDirectory(folder.resolve("roots"));
            refused(station, roots, "does not run", "chown", mapping);
            // who may not read the key is told so before anything is written
            station.type(
                            "server",
                            "restore",
                            "--to-directory",
                            folder.resolve("new") + "",
                            "-f",
                            "pg1",
                            "--latest",
                            "--wal",
                            "fetch",
                            "--tablespace-mapping",
                            mapping)
                    .refused("could not fetch its WAL", "--wal copy");
        }
        station.type("server", "restore", "-f", "pg1", "--latest", "--wal", "copy", "-n", "x")
                .refused("is for a restore into a directory", "--to-directory");
        assertThat(folder.resolve("new")).doesNotExist();
        assertThat(folder.resolve("elsewhere")).doesNotExist();
    }

    private static void refused(
            Station station, Path directory, String happened, String hint, String mapping) {
        List<String> words =
                new ArrayList<>(
                        List.of("server", "restore", "--to-directory", directory.toString()));
        words.addAll(List.of("-f", "pg1", "--latest", "--wal", "copy"));
        if (!mapping.isEmpty()) {
            words.addAll(List.of("--tablespace-mapping", mapping));
        }
        station.type(words.toArray(String[]::new)).refused(happened, hint);
    }

    private static Json restore(
            Station station, Path directory, List<String> asked, String... more) {
        List<String> words =
                new ArrayList<>(
                        List.of("server", "restore", "--to-directory", directory.toString()));
        words.addAll(asked);
        words.addAll(Arrays.asList(more));
        return station.ask(words.toArray(String[]::new));
    }

    private static String xidOf(Station station, String sql) throws Exception {
        try (Connection connection = station.connect("pg1");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            try (ResultSet result = statement.executeQuery("SELECT txid_current()")) {
                result.next();
                String xid = result.getString(1);
                connection.commit();
                return xid;
            }
        }
    }

    /** Starts it with pg_ctl, waits for the end of its recovery, and asks it what it has. */
    private static String recovered(
            PostgresBinaries binaries, OperatingSystemUser user, Path folder, Path data)
            throws Exception {
        Path sockets = Files.createDirectory(folder.resolve("run-" + data.getFileName()));
        Path log = Files.createFile(folder.resolve(data.getFileName() + ".log"));
        user.own(sockets);
        user.own(log);
        Files.writeString(data.resolve("pg_hba.conf"), "local all all trust\n");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String pgCtl = binaries.program("pg_ctl").toString();
        String options = "-p " + port + " -k " + sockets + " -c listen_addresses=127.0.0.1";
        List<String> start =
                List.of(pgCtl, "-D", data + "", "-w", "-o", options, "-l", log + "", "start");
        try {
            assertThat(run(user, start)).as("%s", Files.readString(log)).isZero();
            Properties login = new Properties();
            login.setProperty("user", "postgres");
            login.setProperty("sslmode", "disable");
            login.setProperty("gssEncMode", "disable");
            login.setProperty("socketFactory", LocalSocketFactory.class.getName());
            login.setProperty("socketFactoryArg", sockets + "/.s.PGSQL." + port);
            try (Connection connection =
                            DriverManager.getConnection(
                                    "jdbc:postgresql://localhost/postgres", login);
                    Statement statement = connection.createStatement()) {
                Processes.await(
                        "the end of the recovery",
                        PATIENCE,
                        () -> value(statement, "SELECT pg_is_in_recovery()").equals("f"));
                String link =
                        value(
                                statement,
                                "SELECT pg_tablespace_location(oid) FROM"
                                        + " pg_tablespace WHERE spcname = 's'");
                assertThat(link).isEqualTo(folder + "/space-of-" + data.getFileName());
                statement.execute("INSERT INTO t VALUES (100)");
                return value(
                        statement, "SELECT string_agg(i::text, ',' ORDER BY i) FROM t WHERE i < 9");
            }
        } finally {
            int _ = run(user, List.of(pgCtl, "-D", data + "", "-m", "immediate", "-w", "stop"));
        }
    }

    private static String value(Statement statement, String sql) {
        try (ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        } catch (java.sql.SQLException failed) {
            throw new AssertionError(sql, failed);
        }
    }

    private static int run(OperatingSystemUser user, List<String> command) throws Exception {
        return new ProcessBuilder(user.command(command))
                .directory(Path.of("/").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
