package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** Homes, vaults and folders that can't be used, and keys that do not fit. */
class BadPlaceIT {
    // correctness.md 20: opening a vault needs the vault and a key, and nothing less
    @Test
    void aPassphraseThatIsWrongOrMissing() throws IOException {
        try (Station station = Station.open()) {
            station.with("PGKEEP_PASSPHRASE", "a word of a test").up();
            station.type("down").good();
            List<String> files = files(station.home());
            for (String word : List.of("another word", "")) {
                station.with("PGKEEP_PASSPHRASE", word);
                String happened = word.isEmpty() ? "needs its key" : "does not open the vault";
                String hint = word.isEmpty() ? "PGKEEP_PASSPHRASE" : "capitals";
                station.type("up").refused(happened, hint);
                station.type("up", "--detach").refused(happened, hint);
                station.type("up", "-o", "json")
                        .refusedInJson(word.isEmpty() ? "no-key" : "wrong-key");
            }
            assertThat(station.serviceFile()).doesNotExist();
            assertThat(files(station.home())).isEqualTo(files);
            // the right one still opens it
            station.with("PGKEEP_PASSPHRASE", "a word of a test").up();
        }
    }

    // correctness.md 20
    @Test
    void aKeyFileThatIsMissingOrNotTheVaults() throws IOException {
        try (Station station = Station.running()) {
            station.type("down").good();
            Path key = station.home().resolve("vault.key");
            String right = Files.readString(key);
            List<String> files = files(station.home());
            Files.delete(key);
            station.type("up", "--detach").refused("key", "recovery kit");
            assertThat(key).as("no new key is made for an old vault").doesNotExist();
            Files.writeString(key, "not a key\n");
            station.type("up", "--detach").refused("key", "recovery kit");
            Files.writeString(key, "ab".repeat(32) + "\n");
            station.type("up", "--detach").refused("", "");
            station.type("up", "-o", "json").refusedInJson("wrong-key");
            assertThat(files(station.home())).isEqualTo(files);
            Files.writeString(key, right);
            station.up();
        }
    }

    @Test
    void aVaultThatIsGone() throws IOException {
        try (Station station = Station.running()) {
            station.type("down").good();
            Path vault = station.home().resolve("vault");
            Path aside = station.home().resolve("aside");
            Files.move(vault, aside);
            station.type("up", "--detach").refused("there is no vault in " + vault, "mount");
            assertThat(vault).as("no new vault is made in its place").doesNotExist();
            Files.move(aside, vault);
            station.up();
        }
    }

    @Test
    void aPlaceThatCantBeWritten(@TempDir Path elsewhere) throws IOException {
        Path shut = elsewhere.resolve("shut");
        Files.createDirectory(shut);
        try (Station station = Station.ofNobody()) {
            reachable(station, elsewhere);
            List<String> files = files(station.home());
            if (!Station.isRoot() && !shut.toFile().setWritable(false)) {
                throw new TestAbortedException("can't take the permission to write away");
            }
            Path vault = shut.resolve("vault");
            station.type("up", "--vault", vault.toString()).refused(shut.toString(), "permissions");
            station.type("up", "--detach", "--vault", vault.toString())
                    .refused(shut.toString(), "permissions");
            assertThat(station.home().resolve("vault")).doesNotExist();
            assertThat(station.home().resolve("vault.key")).doesNotExist();
            station.type("up", "--vault", vault.toString(), "-o", "json")
                    .refusedInJson("not-writable");

            station.with("PGKEEP_HOME", shut.resolve("home").toString());
            station.type("up").refused(shut.toString(), "--home");
            station.type("up", "--detach").refused(shut.toString(), "--home");
            station.type("up", "-o", "json").refusedInJson("not-writable");
            try (Stream<Path> inside = Files.list(shut)) {
                assertThat(inside).isEmpty();
            }
            // the home itself was all right
            station.with("PGKEEP_HOME", station.home().toString());
            station.up();
            assertThat(files(station.home())).containsAll(files);
        } finally {
            boolean _ = shut.toFile().setWritable(true);
        }
    }

    /** A user without privileges must be able to run the program at all. */
    private static void reachable(Station station, Path elsewhere) throws IOException {
        Files.setPosixFilePermissions(
                elsewhere, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        Ended version = station.type("--version");
        if (Station.isRoot() && version.code() != 0) {
            throw new TestAbortedException(
                    "nobody can't run " + Station.LAUNCHER + " here: " + version.err());
        }
    }

    @Test
    void noService() {
        try (Station station = Station.open()) {
            for (String line :
                    List.of("status", "down", "server list", "backup take -n x", "job list")) {
                station.line(line).refused("the service is not running", "pgkeep up --detach");
                station.line(line + " -o json").refusedInJson("no-service");
            }
            assertThat(station.home()).isEmptyDirectory();
        }
    }

    // pgkeep changes, starts and removes nothing that it did not make
    @Test
    void aServersFolderThatHoldsSomethingElse() throws Exception {
        try (Station station = Station.running()) {
            Json made = station.create("pg1", PostgresBinaries.newest());
            station.sql("pg1", "create table t as select 5 as n");
            String id = made.at("id").shown();
            station.type("down", "--stop-servers").good();
            Path folder = station.home().resolve("servers").resolve(id);
            Path aside = station.home().resolve("aside");
            Files.move(folder, aside);
            Files.createDirectories(folder.resolve("data"));
            Files.writeString(folder.resolve("data/PG_VERSION"), "18\n");
            Files.writeString(folder.resolve("letter.txt"), "somebody's own");
            List<String> foreign = files(folder);

            station.up();
            Processes.await(
                    "a server that has failed",
                    Station.PATIENCE,
                    () -> station.server("pg1").at("state").shown().equals("Failed"));
            assertThat(station.server("pg1").at("reason").shown()).contains(folder.toString());
            station.type("server", "delete", "-n", "pg1", "--wait")
                    .refusedAtLast("the folder " + folder, "move them away");
            assertThat(files(folder)).isEqualTo(foreign);
            assertThat(Files.readString(folder.resolve("letter.txt"))).isEqualTo("somebody's own");
            assertThat(station.postmasters()).isZero();
            assertThat(station.server("pg1").at("state").shown()).isEqualTo("Failed");
            assertThat(station.server("pg1").at("deletedAt").isThere()).isFalse();

            // what it was is in the vault all the same
            station.restore("r1", "pg1", "--latest");
            assertThat(station.value("r1", "select n from t")).isEqualTo("5");

            // and once the folder is back, so is the server
            remove(folder);
            Files.move(aside, folder);
            Processes.await(
                    "a server that runs again",
                    Station.PATIENCE,
                    () -> station.server("pg1").at("state").shown().equals("Running"));
            assertThat(station.value("pg1", "select n from t")).isEqualTo("5");
            // nor does the vault take it for deleted
            station.type("down").good();
            for (String file : List.of("catalog.db", "catalog.db-wal", "catalog.db-shm")) {
                Files.deleteIfExists(station.home().resolve(file));
            }
            station.up();
            assertThat(station.server("pg1").at("id").shown()).isEqualTo(id);
        }
    }

    /** Everything below a folder that was made to stay. */
    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.matches("service\\.(out|log).*|lock|catalog\\.db-.*"))
                    .sorted()
                    .toList();
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path each : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
