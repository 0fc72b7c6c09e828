package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Kills the store at every write and deletion of what changes keys, before it and right after it;
 * and spoils every byte of a vault that was rotated and half sealed anew.
 */
class KeyFaultsTest {
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");
    private static final VaultKey.KeyFile SECOND = VaultKey.KeyFile.random(SampleVault.RANDOM);
    private static final LogRange OLD = new LogRange(1, 0, 40);
    private static final LogRange NEW = new LogRange(1, 40, 80);
    private static final Set<Code> WORDS =
            EnumSet.of(
                    Code.DAMAGED_OBJECT,
                    Code.MISSING_OBJECT,
                    Code.WRONG_KEY,
                    Code.NEWER_FORMAT,
                    Code.WRONG_PLACE);

    @Test
    void aRotationCanBeKilledAnywhere() {
        killEverywhere(vault -> vault.keys().rotate(List.of(SECOND), false), 5);
    }

    @Test
    void sealingAnewCanBeKilledAnywhere() {
        killEverywhere(
                vault -> {
                    vault.keys().rotate(List.of(SECOND), false);
                    vault.resealing().run((_, _) -> {}, () -> false);
                },
                9);
    }

    @Test
    void changingKeysCanBeKilledAnywhere() {
        killEverywhere(
                vault -> {
                    VaultKey.KeyFile third = VaultKey.KeyFile.random(SampleVault.RANDOM);
                    KeyInfo added = vault.keys().add(third, "third");
                    vault.keys().remove(added.id());
                },
                2);
    }

    /** Both keys open the vault and read everything, whenever the store died; and so afterwards. */
    private static void killEverywhere(Consumer<Vault> work, int changesAtLeast) {
        MemoryStore whole = filled();
        List<String> truth = read(whole, SampleVault.KEY);
        boolean died = true;
        int changes = 0;
        while (died) {
            for (boolean done : new boolean[] {false, true}) {
                MemoryStore store = whole.copy();
                died = false;
                try {
                    work.accept(SampleVault.open(new Dying(store, changes, done)));
                } catch (Failure e) {
                    assertThat(e.code()).isEqualTo(Code.STORE_UNAVAILABLE);
                    died = true;
                }
                for (KeyInfo key : SampleVault.open(store).keys().list()) {
                    // an envelope that a cut rotation left must not pass for the one that opens
                    if (!key.own() && key.state() == KeyInfo.State.CURRENT) {
                        continue;
                    }
                    MemoryStore without = store.copy();
                    without.delete(Names.key(key.id()));
                    assertThat(read(without, SECOND)).isEqualTo(truth);
                }
                String when = "change " + changes + (done ? ", done" : ", not done");
                assertThat(read(store, SampleVault.KEY)).as(when).isEqualTo(truth);
                assertThat(read(store, SECOND)).as(when).isEqualTo(truth);
                Vault again = SampleVault.open(store);
                again.keys().rotate(List.of(SECOND), true);
                again.resealing().run((_, _) -> {}, () -> false);
                assertThat(read(store, SampleVault.KEY)).as(when).isEqualTo(truth);
                assertThat(read(store, SECOND)).as(when).isEqualTo(truth);
                assertThat(store.list("keys/")).as(when).hasSize(2);
            }
            changes++;
        }
        assertThat(changes).isGreaterThan(changesAtLeast);
    }

    @Test
    void everyByteOfARotatedVaultCounts() {
        MemoryStore whole = rotated();
        List<String> truth = read(whole);
        for (StoredObject object : whole.list("")) {
            for (int i = 0; i < object.bytes(); i++) {
                byte[] flipped = whole.get(object.name()).orElseThrow();
                flipped[i] ^= (byte) (1 << (i % 8));
                found(whole, truth, object.name(), flipped, "bit of byte " + i);
                byte[] cut = Arrays.copyOf(whole.get(object.name()).orElseThrow(), i);
                found(whole, truth, object.name(), cut, "cut at " + i);
            }
            for (StoredObject other : whole.list("")) {
                if (!other.equals(object)) {
                    byte[] content = whole.get(other.name()).orElseThrow();
                    found(whole, truth, object.name(), content, "replaced by " + other.name());
                }
            }
        }
    }

    @Test
    void aFormUnderItsOwnNameIsFound() {
        MemoryStore whole = rotated();
        List<String> truth = read(whole);
        ObjectName form = Forms.of(Names.log(ARCHIVE, OLD), 2);
        byte[] content = whole.get(form).orElseThrow();
        whole.delete(form);
        found(whole, truth, Names.log(ARCHIVE, OLD), content, "renamed to its own name");
    }

    private static void found(
            MemoryStore whole, List<String> truth, ObjectName name, byte[] content, String how) {
        MemoryStore store = whole.copy();
        store.objects.put(name, content);
        try {
            List<String> read = read(store);
            // the first document is history: nobody reads it once there is a second
            boolean history = name.text().equals("vault/00000001.json");
            assertThat(read).as("%s, %s", name, how).isEqualTo(truth);
            assertThat(history).as("%s, %s: not noticed", name, how).isTrue();
        } catch (Failure e) {
            assertThat(WORDS).as("%s, %s: %s", name, how, e.message()).contains(e.code());
        }
    }

    private static MemoryStore filled() {
        MemoryStore store = new MemoryStore();
        Vault vault = SampleVault.create(store);
        vault.keys().add(SECOND, "second");
        vault.archive(ARCHIVE).putLog(OLD, SampleVault.prose(1, 40), 0);
        try (PackWriter writer = vault.newPackWriter()) {
            writer.appendData(SampleVault.prose(3, 60), 0, 60);
            writer.finish();
        }
        return store;
    }

    /** One object of the second generation in its second form, one in its first; and a pack. */
    private static MemoryStore rotated() {
        MemoryStore store = filled();
        Vault vault = SampleVault.open(store);
        vault.keys().rotate(List.of(SECOND), false);
        vault.resealing().run((_, _) -> {}, () -> false);
        vault.archive(ARCHIVE).putLog(NEW, SampleVault.prose(2, 40), 0);
        return store;
    }

    private static List<String> read(ObjectStore store) {
        List<String> read = new ArrayList<>(read(store, SampleVault.KEY));
        read.addAll(read(store, SECOND));
        return read;
    }

    private static List<String> read(ObjectStore store, VaultKey key) {
        List<String> read = new ArrayList<>();
        Vault vault = SampleVault.open(store, key);
        read.add(vault.id() + " " + vault.createdAt());
        Archive archive = vault.archive(ARCHIVE);
        for (LogRange range : List.of(OLD, NEW)) {
            archive.readLog(range)
                    .ifPresent(bytes -> read.add(range + HexFormat.of().formatHex(bytes)));
        }
        vault.packs().forEach(vault::checkPack);
        read.add(vault.packs().toString());
        return read;
    }

    /** Lets so many changes pass and then none; the fatal one is done or not. */
    private static final class Dying extends ForwardingStore {
        private final boolean lastOneIsDone;
        private int changesLeft;

        Dying(ObjectStore to, int changes, boolean lastOneIsDone) {
            super(to);
            this.changesLeft = changes;
            this.lastOneIsDone = lastOneIsDone;
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            PutOutcome[] outcome = {PutOutcome.CREATED};
            change(() -> outcome[0] = super.putIfAbsent(name, content));
            return outcome[0];
        }

        @Override
        public void delete(ObjectName name) {
            change(() -> super.delete(name));
        }

        private void change(Runnable change) {
            if (changesLeft > 0 || (changesLeft == 0 && lastOneIsDone)) {
                change.run();
            }
            if (changesLeft <= 0) {
                changesLeft = -1;
                throw new Failure(Code.STORE_UNAVAILABLE, "the store died", "none");
            }
            changesLeft--;
        }
    }
}
