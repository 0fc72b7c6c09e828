package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

@Timeout(60)
class PackStorerTest {
    private static final int PACK = 1000;

    private final MemoryStore memory = new MemoryStore();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger puts = new AtomicInteger();

    /** Lets no pack through before the gate is opened. */
    private final ObjectStore slow =
            new ForwardingStore(memory) {
                @Override
                public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                    puts.incrementAndGet();
                    awaitGate();
                    return super.putIfAbsent(name, content);
                }
            };

    @Test
    void sealingGoesOnWhileAPackIsBeingStored() {
        PackStorer storer = new PackStorer(slow, new PackRoom(10 * PACK, PACK));
        for (int i = 0; i < 5; i++) {
            storer.store(name(), PACK, _ -> {});
        }
        assertThat(memory.objects).isEmpty();
        gate.countDown();
        storer.finish(name(), PACK, _ -> {});
        assertThat(memory.objects).hasSize(6);
        storer.close();
    }

    @Test
    void whatWaitsIsBoundedByTheRoomOfAllWriters() throws InterruptedException {
        PackRoom room = new PackRoom(2 * PACK, PACK);
        PackStorer first = new PackStorer(slow, room);
        first.store(name(), PACK, _ -> {});
        first.store(name(), PACK, _ -> {});
        PackStorer second = new PackStorer(slow, room);
        Thread waiting = Thread.ofVirtual().start(() -> second.store(name(), PACK, _ -> {}));
        while (!room.isAwaited()) {
            Thread.onSpinWait();
        }
        assertThat(room.freeBytes()).isZero();
        gate.countDown();
        waiting.join();
        first.finish();
        second.finish();
        assertThat(memory.objects).hasSize(3);
        assertThat(room.freeBytes()).isEqualTo(2 * PACK);
    }

    @Test
    void anArrayServesPackAfterPackAndGoesWithTheLastWriter() throws InterruptedException {
        int usual = new PackRoom(1, PACK).usualBytes();
        PackRoom wide = new PackRoom(9 * usual, PACK);
        wide.enter();
        wide.enter();
        PackRoom.Place one = wide.take(usual);
        PackRoom.Place other = wide.take(usual);
        assertThat(one.buffer()).isNotSameAs(other.buffer());
        wide.give(one);
        assertThat(wide.take(usual - 1).buffer()).isSameAs(one.buffer());
        wide.leave();
        wide.give(other);
        wide.leave();
        wide.enter();
        assertThat(wide.take(usual).buffer()).isNotSameAs(other.buffer());
    }

    @Test
    void aPackLargerThanAllTheRoomIsStoredAlone() {
        gate.countDown();
        PackRoom room = new PackRoom(PACK, PACK);
        PackStorer storer = new PackStorer(slow, room);
        storer.store(name(), 5 * PACK, _ -> {});
        storer.store(name(), 5 * PACK, _ -> {});
        storer.finish();
        assertThat(memory.objects).hasSize(2);
        assertThat(room.freeBytes()).isEqualTo(PACK);
    }

    @Test
    void aFailureIsToldOnceAndNothingIsStoredBehindIt() {
        ObjectStore dying =
                new ForwardingStore(memory) {
                    @Override
                    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
                        puts.incrementAndGet();
                        awaitGate();
                        throw new Failure(Code.NO_SPACE, "full", "none");
                    }
                };
        PackRoom room = new PackRoom(10 * PACK, PACK);
        PackStorer storer = new PackStorer(dying, room);
        storer.store(name(), PACK, _ -> {});
        storer.store(name(), PACK, _ -> {});
        gate.countDown();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> storer.finish(name(), PACK, _ -> {}))
                .matches(failure -> failure.code() == Code.NO_SPACE);
        storer.close();
        assertThat(puts.get()).isEqualTo(1);
        assertThat(room.freeBytes()).isEqualTo(10 * PACK);
    }

    @Test
    void closingWaitsForWhatIsBeingStoredAndDropsWhatWaits() throws InterruptedException {
        PackRoom room = new PackRoom(10 * PACK, PACK);
        PackStorer storer = new PackStorer(slow, room);
        storer.store(name(), PACK, _ -> {});
        storer.store(name(), PACK, _ -> {});
        while (puts.get() == 0) {
            Thread.onSpinWait();
        }
        Thread closing = Thread.ofVirtual().start(storer::close);
        while (closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        gate.countDown();
        closing.join();
        assertThat(memory.objects).hasSize(1);
        assertThat(room.freeBytes()).isEqualTo(10 * PACK);
    }

    @Test
    void anInterruptedWriterStopsAndLeavesTheRoomFree() {
        PackRoom room = new PackRoom(PACK, PACK);
        PackStorer storer = new PackStorer(slow, room);
        storer.store(name(), PACK, _ -> {});
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> storer.store(name(), PACK, _ -> {}))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.code()).isEqualTo(Code.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();
        gate.countDown();
        storer.close();
        assertThat(room.freeBytes()).isEqualTo(PACK);
    }

    private void awaitGate() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ObjectName name() {
        return Names.pack(PackId.random(SampleVault.RANDOM));
    }
}
