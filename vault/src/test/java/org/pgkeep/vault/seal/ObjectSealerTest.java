package org.pgkeep.vault.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class ObjectSealerTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Keyring KEYS = keys(new UUID(1, 2), 1);

    @Test
    void chunksSealedInAnyOrderComeBackByTheirOrdinals() {
        byte[] object;
        try (ObjectSealer sealer = sealer(ObjectKind.PACK)) {
            int data = sealer.reserve(ChunkKind.DATA);
            int map = sealer.reserve(ChunkKind.MAP);
            int more = sealer.reserve(ChunkKind.DATA);
            sealer.seal(more, new byte[] {3}, 0, 1);
            sealer.seal(map, new byte[] {2, 2}, 0, 2);
            sealer.seal(data, new byte[] {9, 1, 1, 1}, 1, 3);
            object = sealer.finish();
        }
        SealedObject opened = open(KEYS, ObjectKind.PACK, object);
        assertThat(opened.chunks()).isEqualTo(3);
        assertThat(opened.kind(1)).isEqualTo(ChunkKind.MAP);
        assertThat(opened.storedBytes()).isEqualTo(object.length);
        assertThat(opened.chunk(0, ByteSource.of(object))).containsExactly(1, 1, 1);
        assertThat(opened.chunk(1, ByteSource.of(object))).containsExactly(2, 2);
        assertThat(opened.chunk(2, ByteSource.of(object))).containsExactly(3);
    }

    @Test
    void allChunksComeBackOneBehindTheOtherHoweverTheyAreStored() {
        byte[] noise = new byte[70_000];
        new Random(5).nextBytes(noise);
        // a heap's page: its header tells where free space begins and ends
        byte[] pages = new byte[16 * 8192];
        for (int at = 0; at < pages.length; at += 8192) {
            pages[at + 12] = 28;
            pages[at + 15] = 0x20;
            pages[at + 17] = 0x20;
            pages[at + 18] = 4;
            pages[at + 19] = 0x20;
            for (int i = 40; i < 8192; i += 4) {
                pages[at + i] = (byte) (i >> 5);
            }
        }
        byte[] object;
        try (ObjectSealer sealer = sealer(ObjectKind.PACK)) {
            sealer.seal(sealer.reserve(ChunkKind.MAP), new byte[1000], 0, 1000);
            sealer.seal(sealer.reserve(ChunkKind.DATA), noise, 0, noise.length);
            sealer.seal(sealer.reserve(ChunkKind.DATA), pages, 0, pages.length);
            sealer.seal(sealer.reserve(ChunkKind.MAP), noise, 0, 5);
            object = sealer.finish();
        }
        SealedObject opened = open(KEYS, ObjectKind.PACK, object);
        assertThat(new int[] {opened.codec(0), opened.codec(1), opened.codec(2), opened.codec(3)})
                .containsExactly(
                        Layout.CODEC_ZSTD,
                        Layout.CODEC_STORED,
                        Layout.CODEC_PAGES,
                        Layout.CODEC_STORED);
        ByteBuffer expected = ByteBuffer.allocate(1000 + noise.length + pages.length + 5);
        expected.put(new byte[1000]).put(noise).put(pages).put(noise, 0, 5);
        assertThat(opened.all(ByteSource.of(object))).isEqualTo(expected.array());
    }

    @Test
    void anObjectMadeInPlaceIsTheFrontOfItsFramesAndTheFramesServeAgain() {
        byte[] clear = new byte[3 << 20];
        new Random(4).nextBytes(clear);
        byte[] frames = new byte[64];
        for (int length : new int[] {3 << 20, 5, (2 << 20) + 1}) {
            int chunks = (length + (1 << 20) - 1) >> 20;
            try (ObjectSealer sealer =
                    new ObjectSealer(KEYS, ObjectKind.LOG, "name", 1, RANDOM, frames)
                            .expecting(chunks)) {
                for (int i = 0; i < chunks; i++) {
                    int piece = Math.min(1 << 20, length - (i << 20));
                    sealer.seal(sealer.reserve(ChunkKind.PLAIN), clear, i << 20, piece);
                }
                int bytes = sealer.finishInPlace();
                frames = sealer.giveFrames();
                byte[] object = Arrays.copyOf(frames, bytes);
                SealedObject opened = open(KEYS, ObjectKind.LOG, object);
                assertThat(opened.clearBytes()).isEqualTo(length);
                byte[] last = opened.chunk(chunks - 1, ByteSource.of(object));
                assertThat(last).isEqualTo(Arrays.copyOfRange(clear, (chunks - 1) << 20, length));
            }
        }
    }

    @Test
    void whatDoesNotLieInOrderIsNotTakenForAnObject() {
        try (ObjectSealer sealer = sealer(ObjectKind.LOG).expecting(2)) {
            int first = sealer.reserve(ChunkKind.PLAIN);
            int second = sealer.reserve(ChunkKind.PLAIN);
            sealer.seal(second, new byte[] {2}, 0, 1);
            sealer.seal(first, new byte[] {1}, 0, 1);
            assertThatIllegalStateException().isThrownBy(sealer::finishInPlace);
        }
        try (ObjectSealer sealer = sealer(ObjectKind.LOG).expecting(2)) {
            sealer.seal(sealer.reserve(ChunkKind.PLAIN), new byte[] {2}, 0, 1);
            assertThatIllegalStateException().isThrownBy(sealer::finishInPlace);
        }
    }

    @Test
    void sealingTheSameTwiceGivesOtherBytesEachTime() {
        byte[] one = sealed(ObjectKind.LOG, new byte[1000]);
        byte[] other = sealed(ObjectKind.LOG, new byte[1000]);
        assertThat(one).hasSameSizeAs(other);
        assertThat(Arrays.copyOfRange(one, 32, 48)).isNotEqualTo(Arrays.copyOfRange(other, 32, 48));
        assertThat(Arrays.copyOfRange(one, 52, 78)).isNotEqualTo(Arrays.copyOfRange(other, 52, 78));
    }

    @Test
    void clearBytesThatChangeWhileTheyAreSealedAreNoticed() throws Exception {
        byte[] clear = new byte[ChunkKind.DATA.clearBytesMax()];
        new Random(1).nextBytes(clear);
        VarHandle elements = MethodHandles.arrayElementVarHandle(byte[].class);
        AtomicBoolean stop = new AtomicBoolean();
        Thread faulty =
                Thread.ofPlatform()
                        .start(() -> {
                            for (byte b = 0; !stop.get(); b++) {
                                elements.setVolatile(clear, 70_000, b);
                            }
                        });
        try {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> {
                        for (int round = 0; round < 100_000; round++) {
                            try (ObjectSealer sealer = sealer(ObjectKind.PACK)) {
                                int chunk = sealer.reserve(ChunkKind.DATA);
                                sealer.seal(chunk, clear, 0, clear.length);
                            }
                        }
                    })
                    .matches(failure -> failure.code() == Code.DAMAGED_OBJECT)
                    .withMessageContaining("did not open right after it was sealed");
        } finally {
            stop.set(true);
            faulty.join();
        }
    }

    @Test
    void refusesWhatTheLayoutHasNoPlaceFor() {
        try (ObjectSealer sealer = sealer(ObjectKind.PACK)) {
            assertThatIllegalArgumentException().isThrownBy(() -> sealer.reserve(ChunkKind.PLAIN));
            int chunk = sealer.reserve(ChunkKind.DATA);
            byte[] bytes = new byte[ChunkKind.DATA.clearBytesMax() + 1];
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sealer.seal(chunk, bytes, 0, bytes.length));
            assertThatIllegalArgumentException().isThrownBy(() -> sealer.seal(chunk, bytes, 0, 0));
            assertThatIllegalStateException().isThrownBy(sealer::finish);
            sealer.seal(chunk, bytes, 0, 1);
            assertThatIllegalStateException().isThrownBy(() -> sealer.seal(chunk, bytes, 0, 1));
            assertThatIllegalStateException().isThrownBy(() -> sealer.seal(1, bytes, 0, 1));
            assertThat(sealer.finish()).isNotEmpty();
        }
    }

    @Test
    void anObjectThatWouldGrowTooLargeIsFull() {
        byte[] zeros = new byte[1 << 20];
        try (ObjectSealer sealer = sealer(ObjectKind.SNAPSHOT)) {
            assertThatExceptionOfType(ObjectFullException.class)
                    .isThrownBy(() -> {
                        for (int i = 0; i < 1025; i++) {
                            sealer.seal(sealer.reserve(ChunkKind.PLAIN), zeros, 0, zeros.length);
                        }
                    });
            assertThat(sealer.chunks()).isEqualTo(1025);
        }
    }

    @Test
    void newObjectsAreSealedWithTheNewestGenerationAndOldOnesStayOpen() {
        byte[] old = sealed(ObjectKind.LOG, new byte[] {7});
        TreeMap<Integer, byte[]> both = new TreeMap<>();
        both.put(1, master(1));
        both.put(2, master(2));
        Keyring rotated = new Keyring(KEYS.vault(), both);
        assertThat(open(rotated, ObjectKind.LOG, old).chunk(0, ByteSource.of(old)))
                .containsExactly(7);
        byte[] newer;
        try (ObjectSealer sealer =
                new ObjectSealer(rotated, ObjectKind.LOG, "name", 3, RANDOM, 100)) {
            newer = sealer.finish();
        }
        assertThat(open(rotated, ObjectKind.LOG, newer).chunks()).isZero();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> open(KEYS, ObjectKind.LOG, newer))
                .withMessageContaining("generation 2");
        assertThat(rotated.toString()).endsWith("generations [1, 2]");
    }

    private static byte[] sealed(ObjectKind kind, byte[] clear) {
        try (ObjectSealer sealer = sealer(kind)) {
            sealer.seal(sealer.reserve(ChunkKind.PLAIN), clear, 0, clear.length);
            return sealer.finish();
        }
    }

    private static ObjectSealer sealer(ObjectKind kind) {
        return new ObjectSealer(KEYS, kind, "name", 3, RANDOM, 100);
    }

    private static SealedObject open(Keyring keys, ObjectKind kind, byte[] object) {
        return SealedObject.openWhole(keys, kind, "name", object).orElseThrow();
    }

    static Keyring keys(UUID vault, int seed) {
        TreeMap<Integer, byte[]> generations = new TreeMap<>();
        generations.put(1, master(seed));
        return new Keyring(vault, generations);
    }

    private static byte[] master(int seed) {
        byte[] master = new byte[Keyring.MASTER_KEY_BYTES];
        new Random(seed).nextBytes(master);
        return master;
    }
}
