package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.TestServer.StopMode;

/**
 * Compares the list of a difficult data directory with what BASE_BACKUP of the same server sends.
 */
class DataDirectoryIT {
    /** What BASE_BACKUP puts in that is not in the directory, or that its archives lack. */
    private static final Set<String> OF_THE_BACKUP_ITSELF =
            Set.of("backup_label", "tablespace_map", "backup_manifest");

    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    private static PostgresBinaries tools() {
        Optional<PostgresBinaries> tools =
                PostgresBinaries.all().stream()
                        .filter(PostgresBinaries::hasClientPrograms)
                        .findFirst();
        assumeTrue(tools.isPresent(), "no installation here has pg_basebackup and psql");
        return tools.get();
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void listsWhatBaseBackupSends(PostgresBinaries binaries) throws Exception {
        PostgresBinaries tools = tools();
        ServerSettings settings =
                ServerSettings.defaults().with("autovacuum", "off").with("temp_buffers", "100");
        try (TestServer server = TestServer.start(binaries, settings)) {
            moveWal(server);
            Path space = server.newDirectory("a space");
            server.execute(
                    "CREATE TABLESPACE space LOCATION '" + space + "'",
                    "CREATE DATABASE other TABLESPACE space",
                    "CREATE TABLE t TABLESPACE space AS SELECT generate_series(1, 10000) i",
                    "CREATE UNLOGGED TABLE u (i int PRIMARY KEY)",
                    "INSERT INTO u SELECT generate_series(1, 10000)",
                    "CREATE UNLOGGED TABLE us TABLESPACE space AS SELECT 1 AS i",
                    "SELECT lo_from_bytea(0, 'large')",
                    "CREATE DATABASE \"it's a name\"",
                    "VACUUM",
                    "SELECT pg_create_physical_replication_slot('slot', true)");
            addForeignFiles(server.dataDirectory());
            try (Connection session = server.connection();
                    Statement statement = session.createStatement()) {
                makeTemporaryFiles(statement);
                server.execute("CHECKPOINT");
                Set<String> sent = baseBackup(server, tools);
                Set<String> listed = new TreeSet<>();
                List<DataFile> all = DataDirectory.list(server.dataDirectory());
                all.stream()
                        .filter(each -> !(each instanceof DataFile.SymbolicLink))
                        .map(DataFile::path)
                        .filter(path -> !path.isEmpty())
                        .forEach(listed::add);
                assertThat(sent).hasSizeGreaterThan(1000);
                assertThat(listed).isEqualTo(sent);
                assertTheDifficultIsThere(all, server, space);
            }
        }
    }

    /** pg_wal on another file system, as big installations have it. */
    private static void moveWal(TestServer server) throws IOException {
        server.stop(StopMode.FAST);
        Path wal = server.dataDirectory().resolve("pg_wal");
        Path elsewhere = server.dataDirectory().resolveSibling("wal");
        Files.move(wal, elsewhere);
        Files.createSymbolicLink(wal, elsewhere);
        server.start();
    }

    private static void addForeignFiles(Path data) throws IOException {
        Path folder = Files.createDirectories(data.resolve("my scripts/empty"));
        Files.writeString(folder.resolveSibling("run 'me'.sh"), "#!/bin/sh\n");
        // not in base: there BASE_BACKUP itself gives up on a foreign name with a dot
        Files.writeString(data.resolve("pg_stat/notes.txt"), "foreign\n");
        Files.writeString(data.resolve("backup_label.old"), "old\n");
        Files.writeString(data.resolve("pg_stat_tmp/left.stat"), "x");
        Files.writeString(data.resolve("postgresql.auto.conf.tmp"), "x");
        Files.createSymbolicLink(data.resolve("link"), Path.of("/nowhere"));
        for (Path each : List.of(folder.getParent(), folder)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static void makeTemporaryFiles(Statement statement) throws SQLException {
        statement.execute("BEGIN");
        statement.execute("SET work_mem = '64kB'");
        statement.execute("CREATE TEMP TABLE mine AS SELECT generate_series(1, 100000) i");
        statement.execute(
                "DECLARE c CURSOR FOR SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i"
                        + " ORDER BY 2, 1");
        statement.execute("FETCH 1 FROM c");
    }

    private static void assertTheDifficultIsThere(List<DataFile> all, TestServer server, Path space)
            throws IOException {
        String oid = server.value("SELECT oid FROM pg_tablespace WHERE spcname = 'space'");
        assertThat(all)
                .contains(
                        new DataFile.SymbolicLink("pg_tblspc/" + oid, space.toString()),
                        new DataFile.SymbolicLink("link", "/nowhere"));
        String table = server.value("SELECT pg_relation_filepath('t')");
        String unlogged = server.value("SELECT pg_relation_filepath('u')");
        assertThat(Files.exists(server.dataDirectory().resolve(unlogged))).isTrue();
        assertThat(namesBelow(server.dataDirectory().resolve("base")))
                .anyMatch(name -> name.startsWith("pgsql_tmp"))
                .anyMatch(name -> name.matches("t\\d+_\\d+"));
        List<String> paths = all.stream().map(DataFile::path).toList();
        assertThat(paths)
                .contains(table, unlogged + "_init", "my scripts/run 'me'.sh", "pg_replslot")
                .doesNotContain(unlogged, "pg_replslot/slot", "postmaster.pid")
                .noneMatch(path -> path.contains("pgsql_tmp") || path.matches(".*/t\\d+_\\d+.*"));
        assertThat(all)
                .filteredOn(each -> each.path().equals(table))
                .singleElement()
                .isInstanceOfSatisfying(
                        DataFile.RegularFile.class,
                        each ->
                                assertThat(each.relation().orElseThrow().relation().tablespace())
                                        .isEqualTo(Integer.parseInt(oid)));
        assertThat(all)
                .filteredOn(each ->
                        each instanceof DataFile.RegularFile file
                                && file.role() instanceof DataFile.Control)
                .extracting(DataFile::path)
                .containsExactly("global/pg_control");
    }

    private static List<String> namesBelow(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(each -> each.getFileName().toString()).toList();
        }
    }

    /**
     * The names in the archives that BASE_BACKUP makes. An older server serves our pg_basebackup; a
     * newer one writes the archives itself, at the request of psql.
     */
    private static Set<String> baseBackup(TestServer server, PostgresBinaries tools)
            throws IOException, InterruptedException {
        Path target = server.newDirectory("backup");
        String host = server.socketDirectory().toString();
        String port = Integer.toString(server.port());
        if (server.binaries().major() <= tools.major()) {
            run(
                    tools.program("pg_basebackup").toString(),
                    "--pgdata=" + target,
                    "--format=tar",
                    "--wal-method=none",
                    "--checkpoint=fast",
                    "--host=" + host,
                    "--port=" + port,
                    "--username=" + TestServer.SUPERUSER);
        } else {
            Path inner = target.resolve("archives");
            // psql loses step behind the last result, whatever it is, and says so by its exit code
            Printed printed =
                    runAnyway(
                            tools.program("psql").toString(),
                            "--no-psqlrc",
                            "--dbname=host='"
                                    + host
                                    + "' port="
                                    + port
                                    + " user="
                                    + TestServer.SUPERUSER
                                    + " dbname=postgres replication=true",
                            "--command=BASE_BACKUP (TARGET 'server', TARGET_DETAIL '"
                                    + inner
                                    + "', CHECKPOINT 'fast', WAIT false, TABLESPACE_MAP true)");
            assertThat(printed.text()).contains("\nBASE_BACKUP");
            target = inner;
        }
        Set<String> names = new TreeSet<>();
        try (var archives = Files.newDirectoryStream(target, "*.tar")) {
            for (Path archive : archives) {
                String name = archive.getFileName().toString();
                String prefix =
                        name.equals("base.tar")
                                ? ""
                                : "pg_tblspc/" + name.replace(".tar", "") + "/";
                run("tar", "--list", "--quoting-style=literal", "--file=" + archive)
                        .lines()
                        .map(line -> line.replaceFirst("^\\./", "").replaceFirst("/$", ""))
                        .filter(line -> !line.isEmpty() && !OF_THE_BACKUP_ITSELF.contains(line))
                        .forEach(line -> names.add(prefix + line));
            }
        }
        return names;
    }

    private record Printed(String text, int exitCode) {}

    private static Printed runAnyway(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Printed(text, process.waitFor());
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Printed printed = runAnyway(command);
        assertThat(printed.exitCode()).as(printed.text()).isZero();
        return printed.text();
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void doesNotMindFilesThatVanish(PostgresBinaries binaries) throws Exception {
        try (TestServer server = TestServer.start(binaries)) {
            Thread churn =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < 60; i++) {
                                    server.execute(
                                            "CREATE TABLE churn_"
                                                    + i
                                                    + " (i int PRIMARY KEY, w text)",
                                            "DROP TABLE churn_" + i,
                                            "CHECKPOINT");
                                }
                            });
            int lists = 0;
            while (churn.isAlive()) {
                assertThat(DataDirectory.list(server.dataDirectory())).hasSizeGreaterThan(900);
                lists++;
            }
            churn.join();
            assertThat(lists).isPositive();
        }
    }
}
