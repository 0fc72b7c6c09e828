package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** The day on which there is a copy of the vault, a page of paper, and nothing else. */
class KitRestoreIT {
    private static final Pattern KEY = Pattern.compile("(?m)^Key: +([0-9a-f]{64})$");

    // correctness.md 20; issue 4: vault, kit and the pgkeep jar, after every key was replaced
    @Test
    void theVaultAndTheKitBringEverythingBackOnAnotherMachine() throws Exception {
        try (Station here = Station.running();
                Station there = Station.open()) {
            here.create("pg1", PostgresBinaries.rotating().getFirst());
            here.sql("pg1", "create table t as select 41 as n");
            Path firstKit = here.home().resolve("recovery-kit.txt");
            String firstKey = keyOf(firstKit);
            here.ask("backup", "take", "-n", "pg1", "-bn", "before", "--wait");

            Json rotated = here.ask("vault", "rotate", "--master", "--key");
            assertThat(rotated.at("generation").shown()).isEqualTo("2");
            here.sql("pg1", "update t set n = 42");
            Json resealed = here.ask("vault", "rotate", "--reseal", "--wait");
            assertThat(resealed.at("resealed").asNumber().orElse(0L)).isPositive();
            here.ask("backup", "take", "-n", "pg1", "-bn", "after", "--wait");

            Path kit = here.home().resolve("kit-elsewhere.txt");
            here.type("vault", "kit", "--to", kit.toString()).good();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kit)))
                    .isEqualTo("rw-------");
            here.type("vault", "kit", "--to", kit.toString()).refused("is there already", "choose");
            here.type("down", "--stop-servers").good();
            copy(here.home().resolve("vault"), there.home().resolve("vault"));

            // the old page opens it no more, and is told so
            writeKey(there, firstKey);
            there.type("up", "--detach").refused("does not open the vault", "recovery kit");
            writeKey(there, keyOf(kit));
            there.up();
            String id = there.ask("server", "list").items().getFirst().at("id").shown();
            there.restore("latest", id, "--latest");
            assertThat(there.value("latest", "select n from t")).isEqualTo("42");
            // from before the rotation, sealed anew since
            there.restore("before", id, "-bn", "before");
            assertThat(there.value("before", "select n from t")).isEqualTo("41");
            assertThat(Files.readString(here.home().resolve("service.log")))
                    .doesNotContain(firstKey)
                    .doesNotContain(keyOf(kit));
        }
    }

    @Test
    void keysComeAndGoWithoutTheVaultBeingTouched() throws Exception {
        try (Station station = Station.running()) {
            Path file = station.home().resolve("second.key");
            Path words = station.home().resolve("words");
            Files.writeString(words, "seven words of mine\n");
            station.type("vault", "key", "add", "--key-file", file.toString(), "--label", "stick")
                    .good();
            station.type("vault", "key", "add", "--passphrase-file", words.toString()).good();
            List<Json> keys = station.ask("vault", "key", "list").items();
            assertThat(keys).hasSize(3);
            String own = id(keys, "own", "true");
            station.type("vault", "key", "remove", own).refused("opens the vault here", "rotate");
            station.type("vault", "rotate").refused("stick", "--passphrase-file");
            Json rotated =
                    station.ask(
                            "vault",
                            "rotate",
                            "--key-file",
                            file.toString(),
                            "--passphrase-file",
                            words.toString());
            assertThat(rotated.at("keys").items()).hasSize(3);
            keys = station.ask("vault", "key", "list").items();
            station.type("vault", "key", "remove", id(keys, "label", "stick")).good();
            assertThat(station.ask("vault", "key", "list").items()).hasSize(2);
            station.type("vault", "key", "add").refused("which key", "--key-file");

            // the other two still open it
            station.type("down").good();
            Files.copy(file, station.home().resolve("vault.key.aside"));
            station.type("up", "--detach", "--passphrase-file", words.toString()).good();
            station.type("vault", "rotate", "--key").refused("with a passphrase", "key add");
            station.type("down").good();
            station.up();
            String log = Files.readString(station.home().resolve("service.log"));
            assertThat(log).doesNotContain("seven words").contains(own.isEmpty() ? "-" : "new key");
            assertThat(log).doesNotContain(Files.readString(file).strip());
        }
    }

    private static String id(List<Json> keys, String member, String value) {
        return keys.stream()
                .filter(key -> key.at(member).shown().equals(value))
                .map(key -> key.at("id").shown())
                .findFirst()
                .orElseThrow();
    }

    private static String keyOf(Path kit) throws IOException {
        Matcher matcher = KEY.matcher(Files.readString(kit));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private static void writeKey(Station station, String key) throws IOException {
        Path file = station.home().resolve("vault.key");
        Files.writeString(file, key + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
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
