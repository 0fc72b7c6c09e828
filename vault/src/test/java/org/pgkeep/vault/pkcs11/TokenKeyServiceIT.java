package org.pgkeep.vault.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/**
 * A vault whose key is in a token: Debian's SoftHSM, which speaks what hardware speaks. Its place
 * is told by the variable SOFTHSM2_CONF, which the build sets for these tests.
 */
class TokenKeyServiceIT {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Path MODULE = Path.of("/usr/lib/softhsm/libsofthsm2.so");
    private static final Path CONFIGURATION =
            Path.of(String.valueOf(System.getenv("SOFTHSM2_CONF")));
    private static final Path TOKENS = CONFIGURATION.resolveSibling("softhsm-tokens");
    private static String slot = "";
    @TempDir private static Path folder;

    @BeforeAll
    static void makeToken() throws Exception {
        assertThat(MODULE).as("SoftHSM: apt-get install softhsm2").exists();
        clear();
        Files.createDirectories(TOKENS);
        Files.writeString(CONFIGURATION, "directories.tokendir = " + TOKENS + "\n");
        run("--init-token", "--free", "--label", "pgkeep", "--pin", "1234", "--so-pin", "5678");
        importKey("vault", "01", key());
        importKey("other", "02", key());
        byte[] cut = key();
        cut[7] = 0;
        importKey("cut", "03", cut);
        Matcher found = Pattern.compile("(?m)^Slot (\\d+)").matcher(run("--show-slots"));
        assertThat(found.find()).isTrue();
        slot = found.group(1);
        Files.writeString(folder.resolve("pin"), "1234\n");
    }

    /** 32 bytes; the tool takes what it reads for a line of text, and cuts it where that ends. */
    private static byte[] key() {
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        for (int i = 0; i < key.length; i++) {
            key[i] = key[i] == 0 || key[i] == '\n' ? 1 : key[i];
        }
        return key;
    }

    private static void importKey(String label, String id, byte[] key) throws Exception {
        Path file = Files.write(folder.resolve(label), key);
        run(
                "--import",
                file.toString(),
                "--aes",
                "--token",
                "pgkeep",
                "--label",
                label,
                "--id",
                id,
                "--pin",
                "1234");
    }

    @AfterAll
    static void clear() throws IOException {
        if (Files.exists(TOKENS)) {
            try (Stream<Path> files = Files.walk(TOKENS)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void opensTheVaultWithAKeyThatNeverLeavesItsToken() throws IOException {
        DirectoryStore store = new DirectoryStore(Files.createDirectory(folder.resolve("v")));
        VaultKey.KeyFile file = VaultKey.KeyFile.random(RANDOM);
        InstantSource clock = InstantSource.system();
        Vault vault = Vault.create(store, List.of(file), RANDOM, clock);
        ArchiveId archive = ArchiveId.random(RANDOM);
        vault.archive(archive).putDocument("server", new byte[] {7});
        VaultKey.InService key = new VaultKey.InService(open("vault"));
        assertThat(vault.keys().add(key, "hsm").address()).isEqualTo("pkcs11:object=vault");
        vault.keys().rotate(List.of(key), false);
        Vault again = Vault.open(store, new VaultKey.InService(open("vault")), RANDOM, clock);
        assertThat(again.archive(archive).newestDocument("server").orElseThrow().content())
                .containsExactly(7);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() ->
                        Vault.open(store, new VaultKey.InService(open("other")), RANDOM, clock))
                .matches(failure -> failure.code() == Code.WRONG_KEY);
    }

    @Test
    void unwrapsWhatItWrappedAndNothingElse() {
        byte[] secret = new byte[32];
        RANDOM.nextBytes(secret);
        TokenKeyService one = open("vault");
        byte[] wrapped = one.wrap(secret);
        assertThat(one.unwrap(wrapped)).contains(secret);
        assertThat(open("other").unwrap(wrapped)).isEmpty();
        assertThat(one.unwrap(new byte[12])).isEmpty();
        wrapped[20] ^= 1;
        assertThat(one.unwrap(wrapped)).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithTheWayToTheKey() throws IOException {
        refused(address("missing", MODULE, "pin"), Code.WRONG_KEY, "no AES key \"missing\"");
        refused(address("vault", Path.of("/nowhere.so"), "pin"), Code.KEY_SERVICE, "nowhere.so");
        refused(address("vault", MODULE, "no-pin"), Code.NO_KEY, "can't read the PIN");
        // a key that lost its end on the way into the token
        TokenKeyService cut = open("cut");
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> cut.wrap(new byte[32]))
                .withMessageContaining("does not work with its AES key \"cut\"")
                .matches(failure -> failure.code() == Code.KEY_SERVICE);
    }

    private static void refused(String address, Code code, String message) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> TokenKeyService.open(address, RANDOM))
                .withMessageContaining(message)
                .matches(failure -> failure.code() == code);
    }

    private static TokenKeyService open(String object) {
        return TokenKeyService.open(address(object, MODULE, "pin"), RANDOM);
    }

    private static String address(String object, Path module, String pin) {
        return "pkcs11:slot-id="
                + slot
                + ";object="
                + object
                + "?module-path="
                + module
                + "&pin-source=file:"
                + folder.resolve(pin);
    }

    private static String run(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("softhsm2-util"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
