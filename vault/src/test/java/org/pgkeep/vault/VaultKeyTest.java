package org.pgkeep.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class VaultKeyTest {
    private final MemoryStore store = new MemoryStore();

    @Test
    void eachOfSeveralKeysOpensTheVault() {
        VaultKey.KeyFile second = VaultKey.KeyFile.random(SampleVault.RANDOM);
        Vault vault = create(store, passphrase("Tür 7"), SampleVault.KEY, second);
        assertThat(open(passphrase("Tür 7")).id()).isEqualTo(vault.id());
        assertThat(open(SampleVault.KEY).id()).isEqualTo(vault.id());
        assertThat(open(second).id()).isEqualTo(vault.id());
    }

    @Test
    void aPassphraseIsTheSameHoweverTheKeyboardComposesIt() {
        Vault vault = create(store, passphrase("T\u00fcr"));
        assertThat(open(passphrase("Tu\u0308r")).id()).isEqualTo(vault.id());
    }

    @Test
    void newPassphrasesCostWhatTheDesignAsksFor() {
        VaultSettings settings = VaultSettings.DEFAULT;
        assertThat(settings.argonMemoryKib()).isEqualTo(64 << 10);
        assertThat(settings.argonPasses()).isEqualTo(3);
        Vault.create(store, List.of(passphrase("x")), SampleVault.RANDOM, SampleVault.CLOCK);
        assertThat(text(store.list("keys/").getFirst().name()))
                .contains("\"argon2idMemoryKib\": 65536,\n  \"argon2idPasses\": 3,");
        assertThat(open(passphrase("x")).createdAt()).isEqualTo(SampleVault.NOON);
    }

    @Test
    void aWrongKeyIsToldOfWithWhatToDo() {
        create(store, passphrase("right"));
        refused(store, passphrase("Right"), Code.WRONG_KEY, "does not open", "capitals");
        refused(store, SampleVault.KEY, Code.WRONG_KEY, "not locked with a key file", "passphrase");
        MemoryStore other = new MemoryStore();
        create(other, VaultKey.KeyFile.random(SampleVault.RANDOM));
        refused(other, SampleVault.KEY, Code.WRONG_KEY, "key file does not open", "recovery kit");
        refused(other, passphrase("x"), Code.WRONG_KEY, "not locked with a passphrase", "key file");
    }

    @Test
    void aPlaceWithoutVaultIsToldOf() {
        assertThat(Vault.exists(store)).isFalse();
        refused(store, SampleVault.KEY, Code.WRONG_PLACE, "no vault at memory", "mounted");
        create(store, SampleVault.KEY);
        assertThat(Vault.exists(store)).isTrue();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> create(store, SampleVault.KEY))
                .matches(failure -> failure.code() == Code.WRONG_PLACE);
        assertThat(open(SampleVault.KEY).archives()).isEmpty();
    }

    @Test
    void aVaultWithoutKeyCanNotBeMade() {
        assertThatIllegalArgumentException().isThrownBy(() -> create(store));
        assertThat(store.objects).isEmpty();
    }

    @Test
    void ofTwoCreatorsTheLoserTakesItsKeysAway() {
        MemoryStore racing = new MemoryStore();
        ObjectStore overtaken =
                new ForwardingStore(racing) {
                    @Override
                    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                        if (name.text().startsWith("vault/") && racing.list("vault/").isEmpty()) {
                            create(racing, SampleVault.KEY);
                        }
                        return super.putIfAbsent(name, content);
                    }
                };
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> create(overtaken, SampleVault.KEY))
                .matches(failure -> failure.code() == Code.WRONG_PLACE);
        assertThat(racing.list("keys/")).hasSize(1);
        assertThat(SampleVault.open(racing).archives()).isEmpty();
    }

    @Test
    void keysThatACrashedCreationLeftDoNotMatter() {
        create(store, SampleVault.KEY);
        store.delete(new ObjectName("vault/00000001.json"));
        assertThat(Vault.exists(store)).isFalse();
        Vault vault = create(store, SampleVault.KEY);
        assertThat(store.list("keys/")).hasSize(2);
        assertThat(open(SampleVault.KEY).id()).isEqualTo(vault.id());
    }

    @Test
    void theEnvelopeOfAnotherVaultDoesNotPass() {
        create(store, SampleVault.KEY);
        MemoryStore other = new MemoryStore();
        create(other, SampleVault.KEY);
        store.list("keys/").forEach(object -> store.delete(object.name()));
        other.objects.forEach(store.objects::putIfAbsent);
        refused(store, SampleVault.KEY, Code.DAMAGED_OBJECT, "vault/00000001.json", "copy");
    }

    @Test
    void anEnvelopeThatIsDamagedDoesNotKeepTheOthersFromOpening() {
        Vault vault = create(store, SampleVault.KEY, passphrase("x"));
        ObjectName name =
                store.list("keys/").stream()
                        .map(StoredObject::name)
                        .filter(key -> text(key).contains("passphrase"))
                        .findFirst()
                        .orElseThrow();
        store.objects.put(name, new byte[] {1});
        assertThat(open(SampleVault.KEY).id()).isEqualTo(vault.id());
        refused(store, passphrase("x"), Code.DAMAGED_OBJECT, name.text(), "copy");
    }

    @Test
    void aHostileCostIsRefusedBeforeItIsPaid() throws Exception {
        create(store, passphrase("x"));
        ObjectName name = store.list("keys/").getFirst().name();
        String spoiled =
                text(name)
                        .replace("\"argon2idMemoryKib\": 8,", "\"argon2idMemoryKib\": 2000000000,");
        int covered = spoiled.lastIndexOf('"', spoiled.length() - 5) + 1;
        byte[] digest =
                MessageDigest.getInstance("SHA-256")
                        .digest(spoiled.substring(0, covered).getBytes(US_ASCII));
        spoiled = spoiled.substring(0, covered) + HexFormat.of().formatHex(digest) + "\"\n}\n";
        store.objects.put(name, spoiled.getBytes(US_ASCII));
        refused(store, passphrase("x"), Code.DAMAGED_OBJECT, "argon2idMemoryKib", "copy");
    }

    @Test
    void newerFormatsAreToldOf() {
        Vault vault = create(store, SampleVault.KEY);
        Archive archive = vault.archive(ArchiveId.random(SampleVault.RANDOM));
        archive.putDocument("server", new byte[] {1});
        ObjectName sealed = store.list("archives/").getFirst().name();
        MemoryStore newerObject = store.copy();
        byte[] bytes = newerObject.get(sealed).orElseThrow();
        bytes[9] = 2;
        newerObject.objects.put(sealed, bytes);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() ->
                        SampleVault.open(newerObject)
                                .archive(archive.id())
                                .newestDocument("server"))
                .matches(failure -> failure.code() == Code.NEWER_FORMAT);
        for (String folder : List.of("vault/", "keys/")) {
            MemoryStore newer = store.copy();
            ObjectName name = newer.list(folder).getFirst().name();
            String text = text(name).replace("\"format\": 1", "\"format\": 2");
            newer.objects.put(name, text.getBytes(US_ASCII));
            refused(newer, SampleVault.KEY, Code.NEWER_FORMAT, name.text(), "install");
        }
    }

    @Test
    void anObjectOfAnotherVaultWithTheSameKeyDoesNotPass() {
        ArchiveId id = ArchiveId.random(SampleVault.RANDOM);
        create(store, SampleVault.KEY).archive(id).putDocument("server", new byte[] {1});
        MemoryStore other = new MemoryStore();
        create(other, SampleVault.KEY).archive(id).putDocument("server", new byte[] {2});
        store.objects.putAll(other.objects.subMap(new ObjectName("a"), new ObjectName("b")));
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> SampleVault.open(store).archive(id).newestDocument("server"))
                .matches(failure -> failure.code() == Code.DAMAGED_OBJECT)
                .withMessageContaining("belongs to vault");
    }

    @Test
    void secretsAreInNoText() {
        byte[] secret = "0123456789abcdefghijklmnopqrstuv".getBytes(US_ASCII);
        VaultKey.KeyFile file = new VaultKey.KeyFile(secret);
        assertThat(file).hasToString("a key file").isEqualTo(new VaultKey.KeyFile(secret));
        assertThat(passphrase("s3cret")).hasToString("a passphrase");
        Vault vault = create(store, file, passphrase("s3cret"));
        assertThat(vault.toString()).isEqualTo("vault " + vault.id() + " at memory");
        for (StoredObject object : store.list("")) {
            assertThat(text(object.name()))
                    .doesNotContain("s3cret")
                    .doesNotContain(HexFormat.of().formatHex(secret));
        }
    }

    @Test
    void keysAreCopiedWhenTheyAreGiven() {
        char[] words = {'a', 'b'};
        VaultKey.Passphrase passphrase = new VaultKey.Passphrase(words);
        words[0] = 'x';
        assertThat(passphrase).isEqualTo(passphrase("ab")).isNotEqualTo(passphrase("xb"));
        assertThatIllegalArgumentException().isThrownBy(() -> new VaultKey.Passphrase(new char[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> new VaultKey.KeyFile(new byte[31]));
    }

    private String text(ObjectName name) {
        return new String(store.get(name).orElseThrow(), US_ASCII);
    }

    private Vault open(VaultKey key) {
        return Vault.open(store, key, SampleVault.RANDOM, SampleVault.CLOCK, SampleVault.SMALL);
    }

    private static void refused(
            ObjectStore store, VaultKey key, Code code, String message, String hint) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() ->
                        Vault.open(
                                store,
                                key,
                                SampleVault.RANDOM,
                                SampleVault.CLOCK,
                                SampleVault.SMALL))
                .satisfies(failure -> {
                    assertThat(failure.code()).isEqualTo(code);
                    assertThat(failure.message()).contains(message);
                    assertThat(failure.hint()).contains(hint);
                });
    }

    private static Vault create(ObjectStore store, VaultKey... keys) {
        return Vault.create(
                store, List.of(keys), SampleVault.RANDOM, SampleVault.CLOCK, SampleVault.SMALL);
    }

    private static VaultKey.Passphrase passphrase(String text) {
        return new VaultKey.Passphrase(text.toCharArray());
    }
}
