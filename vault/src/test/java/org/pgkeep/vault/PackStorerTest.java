package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
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
        PackStorer storer = new PackStorer(slow, new Semaphore(10 * PACK), 10 * PACK);
        for (int i = 0; i < 5; i++) {
            storer.store(name(), new byte[PACK]);
        }
        assertThat(memory.objects).isEmpty();
        gate.countDown();
        storer.finish(name(), new byte[PACK]);
        assertThat(memory.objects).hasSize(6);
        storer.close();
    }

    @Test
    void whatWaitsIsBoundedByTheRoomOfAllWriters() throws InterruptedException {
        Semaphore room = new Semaphore(2 * PACK);
        PackStorer first = new PackStorer(slow, room, 2 * PACK);
        first.store(name(), new byte[PACK]);
        first.store(name(), new byte[PACK]);
        PackStorer second = new PackStorer(slow, room, 2 * PACK);
        Thread waiting = Thread.ofVirtual().start(() -> second.store(name(), new byte[PACK]));
        while (!room.hasQueuedThreads()) {
            Thread.onSpinWait();
        }
        assertThat(room.availablePermits()).isZero();
        gate.countDown();
        waiting.join();
        first.finish();
        second.finish();
        assertThat(memory.objects).hasSize(3);
        assertThat(room.availablePermits()).isEqualTo(2 * PACK);
    }

    @Test
    void aPackLargerThanAllTheRoomIsStoredAlone() {
        gate.countDown();
        Semaphore room = new Semaphore(PACK);
        PackStorer storer = new PackStorer(slow, room, PACK);
        storer.store(name(), new byte[5 * PACK]);
        storer.store(name(), new byte[5 * PACK]);
        storer.finish();
        assertThat(memory.objects).hasSize(2);
        assertThat(room.availablePermits()).isEqualTo(PACK);
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
        Semaphore room = new Semaphore(10 * PACK);
        PackStorer storer = new PackStorer(dying, room, 10 * PACK);
        storer.store(name(), new byte[PACK]);
        storer.store(name(), new byte[PACK]);
        gate.countDown();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> storer.finish(name(), new byte[PACK]))
                .matches(failure -> failure.code() == Code.NO_SPACE);
        storer.close();
        assertThat(puts.get()).isEqualTo(1);
        assertThat(room.availablePermits()).isEqualTo(10 * PACK);
    }

    @Test
    void closingWaitsForWhatIsBeingStoredAndDropsWhatWaits() throws InterruptedException {
        Semaphore room = new Semaphore(10 * PACK);
        PackStorer storer = new PackStorer(slow, room, 10 * PACK);
        storer.store(name(), new byte[PACK]);
        storer.store(name(), new byte[PACK]);
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
        assertThat(room.availablePermits()).isEqualTo(10 * PACK);
    }

    @Test
    void anInterruptedWriterStopsAndLeavesTheRoomFree() {
        Semaphore room = new Semaphore(PACK);
        PackStorer storer = new PackStorer(slow, room, PACK);
        storer.store(name(), new byte[PACK]);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> storer.store(name(), new byte[PACK]))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.code()).isEqualTo(Code.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();
        gate.countDown();
        storer.close();
        assertThat(room.availablePermits()).isEqualTo(PACK);
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
