package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.SnapshotNeeds;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.TierSync;

/** What a copy of a vault could lack although it says that it lacks nothing. */
class TierGapsTest {
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");
    private static final ObjectName WAL = Names.log(ARCHIVE, new LogRange(1, 0, 10));

    private final MemoryStore first = new MemoryStore();
    private final MemoryStore second = new MemoryStore();

    private static GeoStore geo(ObjectStore near, ObjectStore pair) {
        return new GeoStore(near, pair, SampleVault.CLOCK, CopyEvents.NONE);
    }

    private static Failure away() {
        return new Failure(Code.STORE_UNAVAILABLE, "away", "none");
    }

    @Test
    void whatWasStoredThoughTheAnswerWasLostIsNotedForThePair() {
        boolean[] lost = {false};
        GeoStore geo =
                geo(
                        new ForwardingStore(first) {
                            @Override
                            public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                                PutOutcome outcome = super.putIfAbsent(name, content);
                                if (lost[0]) {
                                    throw away();
                                }
                                return outcome;
                            }
                        },
                        second);
        assertThat(geo.copy()).isTrue();
        lost[0] = true;
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> geo.putIfAbsent(WAL, new byte[] {1}));
        lost[0] = false;
        assertThat(geo.lag().objects()).isEqualTo(1);
        assertThat(geo.copy()).isTrue();
        assertThat(second.objects).containsKey(WAL);
        // and by whoever finds it there: it may come from a process that died
        ObjectName next = Names.log(ARCHIVE, new LogRange(1, 10, 20));
        first.putIfAbsent(next, new byte[] {2});
        assertThat(geo.putIfAbsent(next, new byte[] {2})).isEqualTo(PutOutcome.EXISTS);
        assertThat(geo.copy()).isTrue();
        assertThat(second.objects).containsKey(next);
    }

    @Test
    void aDeletionWhoseAnswerWasLostIsMadeGoodByComparing() {
        boolean[] lost = {false};
        GeoStore geo =
                geo(
                        new ForwardingStore(first) {
                            @Override
                            public void delete(ObjectName name) {
                                super.delete(name);
                                if (lost[0]) {
                                    throw away();
                                }
                            }
                        },
                        second);
        geo.putIfAbsent(WAL, new byte[] {1});
        assertThat(geo.copy()).isTrue();
        lost[0] = true;
        assertThatExceptionOfType(Failure.class).isThrownBy(() -> geo.delete(WAL));
        lost[0] = false;
        assertThat(geo.lag().compared()).isFalse();
        assertThat(geo.copy()).isTrue();
        assertThat(second.objects).isEmpty();
        assertThat(first.objects).isEmpty();
    }

    @Test
    void whatThePairListsIsNotTakenForWhatTheTierIsToHold() {
        GeoStore before = geo(first, second);
        Vault vault = SampleVault.create(before);
        before.copy();
        SnapshotId id = SnapshotId.random(new Random(1));
        vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of()), List.of());
        int[] listings = {0};
        int failing = 0;
        // whichever of the listings the near place does not answer
        do {
            failing++;
            listings[0] = 0;
            int now = failing;
            GeoStore geo =
                    geo(
                            new ForwardingStore(first) {
                                @Override
                                public List<StoredObject> list(String prefix) {
                                    if (++listings[0] == now) {
                                        throw away();
                                    }
                                    return super.list(prefix);
                                }
                            },
                            second);
            MemoryStore tier = new MemoryStore();
            TierSync sync =
                    new TierSync(
                            geo, tier, SampleVault.CLOCK, CopyEvents.NONE, SnapshotNeeds.in(vault));
            try {
                sync.pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> false);
            } catch (Failure said) {
                assertThat(sync.status().completeAt()).isEmpty();
                continue;
            }
            assertThat(tier.objects).containsKey(Names.snapshot(ARCHIVE, id));
        } while (failing <= listings[0]);
        assertThat(failing).isGreaterThan(2);
    }

    /** Lets so many objects be stored or deleted, and dies. */
    private static final class Dying extends ForwardingStore {
        private int left;

        Dying(ObjectStore to, int left) {
            super(to);
            this.left = left;
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            step();
            return super.putIfAbsent(name, content);
        }

        @Override
        public void delete(ObjectName name) {
            step();
            super.delete(name);
        }

        private void step() {
            if (left-- <= 0) {
                throw away();
            }
        }
    }

    @Test
    void whereverAComparisonAfterARotationEndsThePairOpens() {
        GeoStore before = geo(first, second);
        Vault vault = SampleVault.create(before);
        before.copy();
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        boolean done = false;
        for (int steps = 0; !done; steps++) {
            MemoryStore near = first.copy();
            MemoryStore pair = second.copy();
            done = geo(near, new Dying(pair, steps)).copy();
            SampleVault.open(pair);
            assertThat(steps).isLessThan(50);
        }
    }

    @Test
    void whereverRepeatingTwoRotationsEndsThePairOpens() {
        boolean done = false;
        for (int steps = 0; !done; steps++) {
            MemoryStore near = new MemoryStore();
            MemoryStore pair = new MemoryStore();
            Dying road = new Dying(pair, 1000);
            GeoStore geo = geo(near, road);
            Vault vault = SampleVault.create(geo);
            assertThat(geo.copy()).isTrue();
            vault.keys().rotate(List.of(SampleVault.KEY), false);
            vault.keys().rotate(List.of(SampleVault.KEY), false);
            road.left = steps;
            done = geo.copy();
            SampleVault.open(pair);
            assertThat(steps).isLessThan(50);
        }
    }

    private TierSync.Status pass(ObjectStore from, Vault vault) {
        return new TierSync(
                        from, second, SampleVault.CLOCK, CopyEvents.NONE, SnapshotNeeds.in(vault))
                .pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> false);
    }

    /** Does something once, right before an object is read. */
    private static ObjectStore before(
            ObjectStore store, Predicate<ObjectName> when, Runnable then) {
        boolean[] done = {false};
        return new ForwardingStore(store) {
            @Override
            public Optional<byte[]> get(ObjectName name) {
                if (!done[0] && when.test(name)) {
                    done[0] = true;
                    then.run();
                }
                return super.get(name);
            }
        };
    }

    @Test
    void aRunOfLogThatALongerPieceReplacesMeanwhileHoldsNoSnapshotBack() {
        Vault vault = SampleVault.create(first);
        Archive archive = vault.archive(ARCHIVE);
        LogRange run = new LogRange(1, 0, 50);
        LogRange whole = new LogRange(1, 0, 100);
        archive.putLog(run, SampleVault.noise(1, 50), 0);
        SnapshotId id = SnapshotId.random(new Random(1));
        archive.publish(new Snapshot(id, Map.of()), List.of());
        TierSync.Status status =
                pass(
                        before(
                                first,
                                Names.log(ARCHIVE, run)::equals,
                                () -> {
                                    archive.putLog(whole, SampleVault.noise(1, 100), 0);
                                    archive.deleteLog(run);
                                }),
                        vault);
        assertThat(second.objects)
                .containsKeys(Names.snapshot(ARCHIVE, id), Names.log(ARCHIVE, whole));
        assertThat(status.lackingObjects()).isZero();
    }

    @Test
    void whatIsSealedAnewMeanwhileIsThereOrToldToBeLacking() {
        Vault vault = SampleVault.create(first);
        vault.archive(ARCHIVE).putLog(new LogRange(1, 0, 10), SampleVault.noise(1, 10), 0);
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        TierSync.Status status =
                pass(
                        before(
                                first,
                                WAL::equals,
                                () -> vault.resealing().run((_, _) -> {}, () -> false)),
                        vault);
        assertThat(first.objects).doesNotContainKey(WAL);
        assertThat(status.lackingObjects()).isZero();
        assertThat(SampleVault.open(second).archive(ARCHIVE).logs(1)).hasSize(1);
    }

    @Test
    void whereverAFirstCopyAfterRotationsEndsATierWithADocumentOpens() {
        Vault vault = SampleVault.create(first);
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        int opened = 0;
        for (int steps = 0; steps < 8; steps++) {
            MemoryStore tier = new MemoryStore();
            TierSync sync =
                    new TierSync(
                            first,
                            new Dying(tier, steps),
                            SampleVault.CLOCK,
                            CopyEvents.NONE,
                            SnapshotNeeds.in(vault));
            try {
                sync.pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> false);
            } catch (Failure died) {
                assertThat(sync.status().completeAt()).isEmpty();
            }
            if (Vault.exists(tier)) {
                SampleVault.open(tier);
                opened++;
            }
        }
        assertThat(opened).isPositive();
    }

    @Test
    void keysThatARotationReplacesDuringThePassComeInTheirNewForm() {
        Vault vault = SampleVault.create(first);
        boolean[] rotated = {false};
        pass(
                new ForwardingStore(first) {
                    @Override
                    public List<StoredObject> list(String prefix) {
                        List<StoredObject> listing = super.list(prefix);
                        if (prefix.isEmpty() && !rotated[0]) {
                            rotated[0] = true;
                            vault.keys().rotate(List.of(SampleVault.KEY), false);
                        }
                        return listing;
                    }
                },
                vault);
        assertThat(SampleVault.open(second).keys().generation()).isEqualTo(2);
    }
}
