package org.pgkeep.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.home.Home;
import org.pgkeep.service.home.ServiceFile;

/** Starts and ends in good and bad homes; no server is made here. */
class ServiceStartTest {
    @Test
    void theFirstStartMakesVaultKeyAndKitAndSaysSo() throws Exception {
        try (TestHome home = new TestHome()) {
            Service service = home.start();

            assertThat(service.announcements())
                    .anyMatch(line -> line.contains(home.path().resolve("vault").toString()))
                    .anyMatch(line -> line.contains(home.path().resolve("vault.key").toString()))
                    .anyMatch(line -> line.contains("recovery-kit.txt") && line.contains("safe"));
            String kit = Files.readString(home.path().resolve("recovery-kit.txt"));
            String key = Files.readString(home.path().resolve("vault.key")).strip();
            String vaultId = home.get("/status").json().path("vault").path("id").asString();
            assertThat(kit).contains(key).contains(vaultId).contains("pgkeep server restore");
        }
    }

    @Test
    void nobodyElseMayReadWhatIsSecret() throws Exception {
        try (TestHome home = new TestHome()) {
            home.start();

            for (String secret :
                    List.of(
                            "vault.key",
                            "recovery-kit.txt",
                            "service.json",
                            "service.log",
                            "catalog.db",
                            "lock")) {
                assertThat(mode(home.path().resolve(secret))).as(secret).isEqualTo("rw-------");
            }
            assertThat(mode(home.path())).isEqualTo("rwx--x--x");
            assertThat(mode(home.path().resolve("spool"))).isEqualTo("rwx------");
            assertThat(mode(home.path().resolve("vault"))).isEqualTo("rwx------");
        }
    }

    @Test
    void laterStartsOpenTheSameVaultAndAnnounceNothing() throws Exception {
        try (TestHome home = new TestHome()) {
            home.start();
            String vaultId = home.get("/status").json().path("vault").path("id").asString();
            home.stop();

            assertThat(home.start().announcements()).isEmpty();
            assertThat(home.get("/status").json().path("vault").path("id").asString())
                    .isEqualTo(vaultId);
        }
    }

    @Test
    void aCleanEndTakesTheServiceFileAwayAndLetsGoOfTheHome() {
        try (TestHome home = new TestHome()) {
            home.start();
            home.stop();

            assertThat(ServiceFile.read(new Home(home.path()))).isEmpty();
            home.start();
        }
    }

    @Test
    void aShutdownOverHttpEndsTheService() throws Exception {
        try (TestHome home = new TestHome()) {
            Service service = home.start();
            assertThat(home.post("/shutdown?servers=keep", "").status()).isEqualTo(202);
            service.awaitEnd();

            assertThat(ServiceFile.read(new Home(home.path()))).isEmpty();
            home.stop();
        }
    }

    @Test
    void aSecondServiceInTheSameHomeIsRefusedWithThePidNamed() {
        try (TestHome home = new TestHome()) {
            home.start();
            Failure failure = startFailure(home);

            assertThat(failure.code()).isEqualTo(Code.IN_USE);
            assertThat(failure.message()).contains(Long.toString(ProcessHandle.current().pid()));
            assertThat(home.get("/status").status()).isEqualTo(200);
        }
    }

    @Test
    void aFileLeftByAKilledServiceDoesNotHinderTheNextOne() throws Exception {
        try (TestHome home = new TestHome()) {
            home.start();
            String stale = Files.readString(home.path().resolve("service.json"));
            home.stop();
            Files.writeString(home.path().resolve("service.json"), stale);
            Files.writeString(home.path().resolve("lock"), "1\n");

            home.start();
            assertThat(Files.readString(home.path().resolve("service.json"))).isNotEqualTo(stale);
        }
    }

    @Test
    void aPassphraseOpensWhatItMadeAndNothingElseDoes() throws Exception {
        try (TestHome home = new TestHome().passphrase("correct horse")) {
            home.start();
            assertThat(home.path().resolve("vault.key")).doesNotExist();
            assertThat(Files.readString(home.path().resolve("recovery-kit.txt")))
                    .doesNotContain("correct horse")
                    .contains("passphrase");
            home.stop();

            byte[] before = Files.readAllBytes(home.path().resolve("recovery-kit.txt"));
            assertThat(startFailure(home.passphrase("wrong horse")).code())
                    .isEqualTo(Code.WRONG_KEY);
            assertThat(startFailure(home.passphrase(null)).code()).isEqualTo(Code.NO_KEY);
            assertThat(home.path().resolve("vault.key")).doesNotExist();
            assertThat(Files.readAllBytes(home.path().resolve("recovery-kit.txt")))
                    .isEqualTo(before);

            home.passphrase("correct horse").start();
        }
    }

    @Test
    void aMissingKeyIsNamedAndNotReplaced() throws Exception {
        try (TestHome home = new TestHome()) {
            home.start();
            home.stop();
            Path key = home.path().resolve("vault.key");
            Path aside = Files.move(key, home.path().resolve("aside"));

            Failure failure = startFailure(home);
            assertThat(failure.code()).isEqualTo(Code.NO_KEY);
            assertThat(failure.message()).contains(key.toString());
            assertThat(key).doesNotExist();

            Files.writeString(key, "not a key\n");
            assertThat(startFailure(home).code()).isEqualTo(Code.WRONG_KEY);
            Files.writeString(key, "00".repeat(32) + "\n");
            assertThat(startFailure(home).code()).isEqualTo(Code.WRONG_KEY);

            Files.delete(key);
            Files.move(aside, key);
            home.start();
        }
    }

    @Test
    void aVaultThatIsGoneIsNotReplacedByAnEmptyOne() throws Exception {
        try (TestHome home = new TestHome()) {
            home.start();
            home.stop();
            Path vault = home.path().resolve("vault");
            Path aside = Files.move(vault, home.folder().resolve("aside"));

            assertThat(startFailure(home).code()).isEqualTo(Code.WRONG_PLACE);
            Files.createDirectory(vault);
            assertThat(startFailure(home).code()).isEqualTo(Code.WRONG_PLACE);
            try (Stream<Path> inside = Files.list(vault)) {
                assertThat(inside).isEmpty();
            }

            Files.delete(vault);
            Files.move(aside, vault);
            home.start();
        }
    }

    @Test
    void aFirstStartThatWasKilledIsTakenUp() throws Exception {
        try (TestHome home = new TestHome()) {
            // after the key, before the vault
            Files.createDirectory(home.path());
            Files.writeString(home.path().resolve("vault.key"), "ab".repeat(32) + "\n");
            home.start();
            home.stop();
            assertThat(Files.readString(home.path().resolve("vault.key")).strip())
                    .isEqualTo("ab".repeat(32));

            // after the vault, before the recovery kit
            Files.delete(home.path().resolve("recovery-kit.txt"));
            Files.delete(home.path().resolve("catalog.db"));
            assertThat(home.start().announcements()).anyMatch(it -> it.contains("recovery-kit"));
            assertThat(Files.readString(home.path().resolve("recovery-kit.txt")))
                    .contains("ab".repeat(32));
        }
    }

    @Test
    void theVaultCanBeElsewhereAndIsFoundAgain() throws Exception {
        try (TestHome home = new TestHome()) {
            Path place = home.folder().resolve("somewhere/else");
            home.vault(place).start();
            assertThat(place).isNotEmptyDirectory();
            home.stop();

            TestHome again = home;
            again.vault(home.folder().resolve("a/third/place"));
            assertThat(startFailure(again).code()).isEqualTo(Code.WRONG_PLACE);
            again.vault(place).start();
        }
    }

    @Test
    void aVaultFolderThatIsAFileIsRefusedAndNothingIsMade() throws Exception {
        try (TestHome home = new TestHome()) {
            Path file = Files.writeString(home.folder().resolve("file"), "x");
            home.vault(file);
            assertThat(startFailure(home).code()).isEqualTo(Code.NOT_WRITABLE);
            home.vault(file.resolve("below"));
            assertThat(startFailure(home).code()).isEqualTo(Code.NOT_WRITABLE);

            assertThat(home.path().resolve("vault")).doesNotExist();
            assertThat(home.path().resolve("vault.key")).doesNotExist();
            assertThat(home.path().resolve("recovery-kit.txt")).doesNotExist();
        }
    }

    @Test
    void aHomeThatCantBeMadeIsRefused() throws Exception {
        try (TestHome home = new TestHome()) {
            Files.writeString(home.path(), "a file where the home should be");

            assertThat(startFailure(home).code()).isEqualTo(Code.NOT_WRITABLE);
        }
    }

    @Test
    void optionsComeFromTheEnvironment() throws Exception {
        try (TestHome home = new TestHome()) {
            Path file = Files.writeString(home.folder().resolve("pass"), "from file\nmore\n");
            ServiceOptions fromVariable =
                    ServiceOptions.of(
                            home.path(),
                            Optional.empty(),
                            Optional.empty(),
                            java.util.Map.of(
                                    "PGKEEP_PASSPHRASE", "from variable",
                                    "PGKEEP_PORT", "4711",
                                    "PGKEEP_PG_BINARIES", "/a:/b"));
            assertThat(words(fromVariable)).isEqualTo("from variable");
            assertThat(fromVariable.port()).isEqualTo(4711);
            assertThat(fromVariable.binaryRoots()).containsExactly(Path.of("/a"), Path.of("/b"));

            ServiceOptions fromFile =
                    ServiceOptions.of(
                            home.path(),
                            Optional.of(file),
                            Optional.empty(),
                            java.util.Map.of("PGKEEP_PASSPHRASE", "from variable"));
            assertThat(words(fromFile)).isEqualTo("from file");
        }
    }

    private static String words(ServiceOptions options) {
        char[] text = options.passphrase().orElseThrow().text();
        return new String(Arrays.copyOf(text, text.length));
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Failure startFailure(TestHome home) {
        Failure failure = catchThrowableOfType(Failure.class, () -> Service.start(home.options()));
        assertThat(failure).isNotNull();
        assertThat(failure.hint()).isNotEmpty();
        return failure;
    }
}
