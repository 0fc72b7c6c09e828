package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Several locks at one vault: added, removed, renewed at a rotation. */
class VaultKeysTest {
    private static final VaultKey.KeyFile SECOND = VaultKey.KeyFile.random(SampleVault.RANDOM);
    private static final VaultKey.Passphrase WORDS =
            new VaultKey.Passphrase("seven words of mine".toCharArray());
    private static final ArchiveId ARCHIVE = ArchiveId.random(SampleVault.RANDOM);

    private final MemoryStore store = new MemoryStore();
    private final Vault vault = SampleVault.create(store);

    @Test
    void anAddedKeyOpensTheVaultAndNothingElseChanges() {
        vault.archive(ARCHIVE).putDocument("server", new byte[] {1});
        MemoryStore before = store.copy();
        KeyInfo added = vault.keys().add(WORDS, "alice");
        assertThat(added.kind()).isEqualTo("passphrase");
        assertThat(added.label()).isEqualTo("alice");
        assertThat(added.state()).isEqualTo(KeyInfo.State.CURRENT);
        assertThat(added.own()).isFalse();
        assertThat(document(open(WORDS))).isEqualTo(1);
        assertThat(vault.keys().list()).hasSize(2).contains(added);
        before.objects.forEach((name, bytes) -> assertThat(store.get(name)).contains(bytes));
        assertThat(store.objects).hasSize(before.objects.size() + 1);
    }

    @Test
    void aRemovedKeyOpensTheVaultNoMore() {
        KeyInfo added = vault.keys().add(SECOND, "");
        open(SECOND);
        vault.keys().remove(added.id());
        refused(() -> open(SECOND), Code.WRONG_KEY, "does not open");
        open(SampleVault.KEY);
        refused(() -> vault.keys().remove(added.id()), Code.BAD_ARGUMENT, "no key");
    }

    @Test
    void theKeyThatOpensTheVaultHereCanNotBeRemoved() {
        KeyInfo own = vault.keys().list().getFirst();
        assertThat(own.own()).isTrue();
        KeyInfo added = vault.keys().add(SECOND, "");
        refused(() -> vault.keys().remove(own.id()), Code.WRONG_STATE, "opens the vault here");
        open(SECOND).keys().remove(own.id());
        refused(() -> open(SampleVault.KEY), Code.WRONG_KEY, "does not open");
        refused(() -> open(SECOND).keys().remove(added.id()), Code.WRONG_STATE, "opens the vault");
    }

    @Test
    void ofTwoWhoRemoveAtOnceWhatTheOtherReliesOnBothPutTheirsBack() {
        KeyInfo own = vault.keys().list().getFirst();
        KeyInfo second = vault.keys().add(SECOND, "");
        ObjectStore racing =
                new ForwardingStore(store) {
                    @Override
                    public void delete(ObjectName name) {
                        super.delete(name);
                        // the other one was past its checks already
                        super.delete(Names.key(own.id()));
                    }
                };
        Vault here = Vault.open(racing, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK);
        refused(() -> here.keys().remove(second.id()), Code.WRONG_STATE, "at the same time");
        open(SECOND);
    }

    @Test
    void aRemovalWhoseAnswerWasLostIsPutBackWhereNothingElseOpens() {
        KeyInfo own = vault.keys().list().getFirst();
        KeyInfo second = vault.keys().add(SECOND, "");
        ObjectStore racing =
                new ForwardingStore(store) {
                    @Override
                    public void delete(ObjectName name) {
                        super.delete(name);
                        super.delete(Names.key(own.id()));
                        throw new Failure(Code.STORE_UNAVAILABLE, "no answer", "none");
                    }
                };
        Vault here = Vault.open(racing, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK);
        refused(() -> here.keys().remove(second.id()), Code.STORE_UNAVAILABLE, "no answer");
        open(SECOND);
    }

    @Test
    void aThreadThatFollowsAnotherRotationLeadsNoneAstray() {
        vault.archive(ARCHIVE).putDocument("old", new byte[] {1});
        Vault[] here = new Vault[1];
        ObjectStore racing =
                new ForwardingStore(store) {
                    private boolean met;

                    @Override
                    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                        if (!met && name.text().startsWith("keys/")) {
                            met = true;
                            vault.keys().rotate(List.of(), false);
                            vault.archive(ARCHIVE).putDocument("server", new byte[] {7});
                            // a reader in this program finds out, while its rotation goes on
                            assertThat(document(here[0])).isEqualTo(7);
                        }
                        return super.putIfAbsent(name, content);
                    }
                };
        here[0] = Vault.open(racing, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK);
        refused(() -> here[0].keys().rotate(List.of(), false), Code.WRONG_STATE, "at the same");
        for (Vault each : List.of(vault, here[0], open(SampleVault.KEY))) {
            assertThat(document(each)).isEqualTo(7);
            assertThat(each.archive(ARCHIVE).newestDocument("old")).isPresent();
        }
        assertThat(store.list("vault/")).hasSize(2);
    }

    @Test
    void aKeyAddedWhileAnotherProgramRotatesIsNotLeftBehind() {
        // right before the vault goes on, and right before the rotation looks for new keys
        for (String at : List.of("vault/", "keys/")) {
            MemoryStore copy = store.copy();
            Vault adding = SampleVault.open(copy);
            List<Code> words = new ArrayList<>();
            ObjectStore racing =
                    new ForwardingStore(copy) {
                        private boolean met;

                        @Override
                        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                            if (!met && name.text().startsWith(at)) {
                                met = true;
                                try {
                                    adding.keys().add(SECOND, "");
                                } catch (Failure e) {
                                    words.add(e.code());
                                }
                            }
                            return super.putIfAbsent(name, content);
                        }
                    };
            VaultKeys rotating = SampleVault.open(racing).keys();
            try {
                rotating.rotate(List.of(), false);
            } catch (Failure e) {
                words.add(e.code());
            }
            assertThat(words).as(at).containsExactly(Code.WRONG_STATE);
            assertThat(SampleVault.open(copy).keys().opens(SECOND))
                    .as(at)
                    .isEqualTo(at.equals("keys/"));
            SampleVault.open(copy);
        }
    }

    @Test
    void anotherKeyCanTakeOver() {
        KeyInfo own = vault.keys().list().getFirst();
        vault.keys().add(SECOND, "");
        refused(() -> vault.keys().use(WORDS), Code.WRONG_KEY, "not locked with a passphrase");
        vault.keys().use(SECOND);
        vault.keys().remove(own.id());
        assertThat(vault.keys().list()).hasSize(1).allMatch(KeyInfo::own);
        assertThat(vault.keys().opens(SECOND)).isTrue();
        assertThat(vault.keys().opens(SampleVault.KEY)).isFalse();
    }

    @Test
    void afterARotationNewObjectsHaveANewKeyAndOldOnesStayReadable() {
        vault.archive(ARCHIVE).putDocument("old", new byte[] {1});
        vault.keys().add(WORDS, "alice");
        assertThat(vault.keys().rotate(List.of(WORDS), false)).isEmpty();
        assertThat(vault.keys().generation()).isEqualTo(2);
        vault.archive(ARCHIVE).putDocument("new", new byte[] {2});
        assertThat(generation(Names.document(ARCHIVE, "old", 1))).isEqualTo(1);
        assertThat(generation(Names.document(ARCHIVE, "new", 1))).isEqualTo(2);
        for (Vault opened : List.of(vault, open(SampleVault.KEY), open(WORDS))) {
            Archive archive = opened.archive(ARCHIVE);
            assertThat(archive.newestDocument("old").orElseThrow().content()).containsExactly(1);
            assertThat(archive.newestDocument("new").orElseThrow().content()).containsExactly(2);
        }
        assertThat(open(WORDS).keys().list())
                .hasSize(2)
                .allMatch(key -> key.state() == KeyInfo.State.CURRENT && key.generation() == 2)
                .anyMatch(key -> key.label().equals("alice") && key.own());
        // and a key that is added later opens what was there before the rotation
        vault.keys().add(SECOND, "");
        assertThat(open(SECOND).archive(ARCHIVE).newestDocument("old")).isPresent();
    }

    @Test
    void manyRotationsKeepEverythingReadable() {
        Archive archive = vault.archive(ARCHIVE);
        for (int i = 1; i <= 20; i++) {
            archive.putDocument("number-" + i, new byte[] {(byte) i});
            vault.keys().rotate(List.of(), false);
        }
        Archive again = open(SampleVault.KEY).archive(ARCHIVE);
        for (int i = 1; i <= 20; i++) {
            assertThat(again.newestDocument("number-" + i).orElseThrow().content())
                    .containsExactly(i);
        }
        assertThat(store.list("keys/")).hasSize(1);
    }

    @Test
    void generationsHaveALimitThatIsToldOf() {
        for (int i = 0; i < KeyEnvelope.OLDER_MAX; i++) {
            vault.keys().rotate(List.of(), false);
        }
        refused(() -> vault.keys().rotate(List.of(), false), Code.WRONG_STATE, "generations");
        open(SampleVault.KEY);
    }

    @Test
    void aRotationLetsNoKeyGoUnasked() {
        KeyInfo words = vault.keys().add(WORDS, "alice");
        refused(() -> vault.keys().rotate(List.of(), false), Code.NO_KEY, "alice");
        refused(() -> vault.keys().rotate(List.of(SECOND), false), Code.WRONG_KEY, "not locked");
        assertThat(vault.keys().generation()).isEqualTo(1);
        open(WORDS);
        List<KeyInfo> lost = vault.keys().rotate(List.of(), true);
        assertThat(lost).hasSize(1).allMatch(key -> key.id().equals(words.id()));
        refused(() -> open(WORDS), Code.WRONG_KEY, "not locked with a passphrase");
        open(SampleVault.KEY);
    }

    @Test
    void anEnvelopeThatARotationLeftBehindIsToldOf() {
        vault.keys().add(SECOND, "");
        MemoryStore before = store.copy();
        vault.keys().rotate(List.of(), true);
        before.list("keys/")
                .forEach(
                        key -> store.putIfAbsent(key.name(), before.get(key.name()).orElseThrow()));
        refused(() -> open(SECOND), Code.WRONG_KEY, "gone on to generation 2");
        open(SampleVault.KEY);
        assertThat(vault.keys().list())
                .filteredOn(key -> key.state() == KeyInfo.State.OUTDATED)
                .hasSize(2);
        vault.keys().rotate(List.of(), false);
        assertThat(store.list("keys/")).hasSize(1);
    }

    @Test
    void anotherProgramFollowsARotationByItself() {
        Vault other = open(SampleVault.KEY);
        vault.keys().rotate(List.of(), false);
        vault.archive(ARCHIVE).putDocument("server", new byte[] {7});
        assertThat(document(other)).isEqualTo(7);
        assertThat(other.keys().generation()).isEqualTo(2);
    }

    @Test
    void ofTwoRotationsAtOnceOneWinsAndEveryKeyStillOpens() {
        vault.keys().add(WORDS, "");
        ObjectStore racing =
                new ForwardingStore(store) {
                    @Override
                    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                        if (name.text().equals("vault/00000002.json")
                                && store.get(name).isEmpty()) {
                            vault.keys().rotate(List.of(WORDS), false);
                        }
                        return super.putIfAbsent(name, content);
                    }
                };
        Vault loser = Vault.open(racing, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK);
        refused(
                () -> loser.keys().rotate(List.of(WORDS), false),
                Code.WRONG_STATE,
                "at the same time");
        vault.archive(ARCHIVE).putDocument("server", new byte[] {7});
        assertThat(document(open(SampleVault.KEY))).isEqualTo(7);
        assertThat(document(open(WORDS))).isEqualTo(7);
        assertThat(document(loser)).isEqualTo(7);
        loser.keys().rotate(List.of(WORDS), false);
        assertThat(document(open(WORDS))).isEqualTo(7);
    }

    @Test
    void aKeyAddedWhileTheVaultGoesOnIsRefusedAndTakenAway() {
        ObjectStore racing =
                new ForwardingStore(store) {
                    @Override
                    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                        PutOutcome outcome = super.putIfAbsent(name, content);
                        vault.keys().rotate(List.of(), true);
                        return outcome;
                    }
                };
        Vault here = Vault.open(racing, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK);
        refused(() -> here.keys().add(SECOND, ""), Code.WRONG_STATE, "at the same time");
        assertThat(store.list("keys/")).hasSize(1);
    }

    @Test
    void theNewestVaultDocumentIsMissedWhenItIsTakenAway() {
        vault.keys().rotate(List.of(), false);
        store.delete(new ObjectName("vault/00000002.json"));
        refused(() -> open(SampleVault.KEY), Code.MISSING_OBJECT, "vault/00000002.json");
    }

    @Test
    void aKeyServiceOpensTheVaultAndItsKeyNeverShowsInIt() {
        FakeKeyService service = new FakeKeyService("pkcs11:token=t;object=o");
        VaultKey.InService key = new VaultKey.InService(service);
        KeyInfo added = vault.keys().add(key, "hsm");
        assertThat(added.kind()).isEqualTo("key-service");
        assertThat(added.address()).isEqualTo("pkcs11:token=t;object=o");
        vault.archive(ARCHIVE).putDocument("server", new byte[] {7});
        assertThat(document(open(key))).isEqualTo(7);
        vault.keys().rotate(List.of(key), false);
        assertThat(document(open(key))).isEqualTo(7);
        FakeKeyService renamed = new FakeKeyService("pkcs11:token=t;object=p");
        refused(() -> open(new VaultKey.InService(renamed)), Code.WRONG_KEY, "not locked with");
        FakeKeyService replaced = new FakeKeyService("pkcs11:token=t;object=o");
        refused(() -> open(new VaultKey.InService(replaced)), Code.WRONG_KEY, "does not open");
        service.down = true;
        refused(() -> open(key), Code.KEY_SERVICE, "down");
        // a service that is down keeps nobody else out
        open(SampleVault.KEY);
    }

    @Test
    void labelsThatWouldBreakTheDocumentAreRefused() {
        for (String wrong : List.of("\"", "a\nb", "x".repeat(61), "\u00e4")) {
            refused(() -> vault.keys().add(SECOND, wrong), Code.BAD_ARGUMENT, "called");
        }
        refused(() -> vault.keys().remove(new UUID(1, 2)), Code.BAD_ARGUMENT, "no key");
    }

    private int generation(ObjectName name) {
        byte[] object = store.get(name).orElseThrow();
        return java.nio.ByteBuffer.wrap(object).getInt(12);
    }

    private static int document(Vault vault) {
        return vault.archive(ARCHIVE).newestDocument("server").orElseThrow().content()[0];
    }

    private Vault open(VaultKey key) {
        return Vault.open(store, key, SampleVault.RANDOM, SampleVault.CLOCK, SampleVault.SMALL);
    }

    private static void refused(Runnable work, Code code, String message) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(work::run)
                .withMessageContaining(message)
                .matches(failure -> failure.code() == code, "has code " + code);
    }

    /** Wraps by remembering. */
    private static final class FakeKeyService implements KeyService {
        private final String address;
        private final List<byte[]> wrapped = new ArrayList<>();
        private final byte[] tag = new byte[8];
        private boolean down;

        FakeKeyService(String address) {
            this.address = address;
            SampleVault.RANDOM.nextBytes(tag);
        }

        @Override
        public String address() {
            return address;
        }

        @Override
        public byte[] wrap(byte[] secret) {
            wrapped.add(secret.clone());
            byte[] blob = Arrays.copyOf(tag, 9);
            blob[8] = (byte) (wrapped.size() - 1);
            return blob;
        }

        @Override
        public Optional<byte[]> unwrap(byte[] blob) {
            if (down) {
                throw new Failure(Code.KEY_SERVICE, "it is down", "wait");
            }
            return Arrays.equals(blob, 0, 8, tag, 0, 8)
                    ? Optional.of(wrapped.get(blob[8]).clone())
                    : Optional.empty();
        }
    }
}
