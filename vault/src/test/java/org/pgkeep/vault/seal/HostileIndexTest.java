package org.pgkeep.vault.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import java.util.Arrays;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Objects whose seals are right and whose contents are absurd, as a faulty writer, or one who holds
 * the key and means ill, could make them: nothing but a word about the damage may come of it.
 */
class HostileIndexTest {
    private static final Keyring KEYS = ObjectSealerTest.keys(new UUID(1, 2), 1);
    private static final String NAME = "packs/ab/x";

    @Test
    void aRightIndexOpens() {
        byte[] object = object(entry(1, 0, 4, 20), 0, new byte[4], 4);
        assertThat(chunk(object)).containsExactly(0, 0, 0, 0);
    }

    @Test
    void absurdEntriesAreDamage() {
        byte[][] indexes = {
            entry(0, 0, 4, 20), // a plain chunk in a pack
            entry(3, 0, 4, 20), // an unknown kind
            entry(1, 2, 4, 20), // an unknown codec
            entry(1, 0, 4, 21), // stored, but longer
            entry(1, 0, 0, 16), // nothing in it
            entry(1, 1, 4, 20), // compressed to the same length
            entry(1, 1, 4, 16), // compressed to nothing
            entry(1, 1, 4, 0), // no room for the tag
            entry(1, 1, 4, -1), // 4 GB
            entry(1, 0, 131073, 131089), // more than a data chunk
            entry(2, 1, (32 << 20) + 1, 100), // more than a map chunk
            entry(2, 1, -1, 100), // 4 GB
            twice(entry(2, 0, 32 << 20, (32 << 20) + 16)), // more than an object
            Arrays.copyOf(entry(1, 0, 4, 20), 9), // no whole entry
        };
        for (byte[] index : indexes) {
            byte[] object = object(index, 0, new byte[4], 4);
            assertDamaged(() -> open(object), Arrays.toString(index));
        }
    }

    @Test
    void clearBytesBeyondTheLimitAreDamageBeforeTheyAreAllocated() {
        int chunks = (int) (Layout.CLEAR_BYTES_MAX / (32 << 20)) + 1;
        Encoder index = new Encoder();
        for (int i = 0; i < chunks; i++) {
            byte[] entry = entry(2, 1, 32 << 20, 100);
            index.raw(entry, 0, entry.length);
        }
        byte[] object = object(index.toBytes(), 0, new byte[4], 4);
        assertDamaged(() -> open(object), "more than 1 GiB");
    }

    @Test
    void framesThatDoNotDecompressToTheirLengthAreDamage() {
        byte[] packed = Zstd.compress(new byte[1000]);
        assertThat(chunk(object(entry(1, 1, 1000, packed.length + 16), 1, packed, 1000)))
                .isEqualTo(new byte[1000]);
        for (int wrong : new int[] {999, 1001, 131072}) {
            byte[] object = object(entry(1, 1, wrong, packed.length + 16), 1, packed, wrong);
            assertDamaged(() -> chunk(object), "length " + wrong);
        }
        byte[] noFrame = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        byte[] object = object(entry(1, 1, 1000, 25), 1, noFrame, 1000);
        assertDamaged(() -> chunk(object), "no zstd frame");
    }

    @Test
    void indexLengthsThatCanNotBeAreDamage() {
        byte[] object = object(entry(1, 0, 4, 20), 0, new byte[4], 4);
        for (int wrong : new int[] {-1, Integer.MIN_VALUE, 0, 15, 16, 25, 27, 655_386, 1 << 30}) {
            byte[] spoiled = object.clone();
            byte[] length = new Encoder().u32(wrong).toBytes();
            System.arraycopy(length, 0, spoiled, Header.BYTES, 4);
            assertDamaged(() -> open(spoiled), "index length " + wrong);
        }
    }

    private static void assertDamaged(Runnable reading, String what) {
        assertThatExceptionOfType(Failure.class)
                .as(what)
                .isThrownBy(reading::run)
                .withMessageContaining(NAME)
                .matches(failure -> failure.code() == Code.DAMAGED_OBJECT);
    }

    private static SealedObject open(byte[] object) {
        return SealedObject.open(KEYS, ObjectKind.PACK, NAME, ByteSource.of(object)).orElseThrow();
    }

    private static byte[] chunk(byte[] object) {
        return open(object).chunk(0, ByteSource.of(object));
    }

    private static byte[] entry(int kind, int codec, int clear, int stored) {
        return new Encoder().u8(kind).u8(codec).u32(clear).u32(stored).toBytes();
    }

    private static byte[] twice(byte[] bytes) {
        return new Encoder().raw(bytes, 0, bytes.length).raw(bytes, 0, bytes.length).toBytes();
    }

    /** An authentic object of that index and one frame. */
    private static byte[] object(byte[] index, int codec, byte[] payload, int clear) {
        Header header = new Header(ObjectKind.PACK, 1, KEYS.vault(), new UUID(3, 4));
        SecretKey key = KEYS.objectKey(header).orElseThrow();
        AssociatedData associated = new AssociatedData(header, NAME);
        int indexStored = index.length + Layout.TAG_BYTES;
        byte[] object =
                new byte[Layout.INDEX_OFFSET + indexStored + payload.length + Layout.TAG_BYTES];
        System.arraycopy(header.encode(), 0, object, 0, Header.BYTES);
        byte[] length = new Encoder().u32(indexStored).toBytes();
        System.arraycopy(length, 0, object, Header.BYTES, 4);
        try (Workbench bench = Workbench.borrow()) {
            bench.seal(
                    key,
                    0,
                    associated.of(0, 0, 0, index.length),
                    index,
                    0,
                    index.length,
                    object,
                    Layout.INDEX_OFFSET);
            bench.seal(
                    key,
                    1,
                    associated.of(1, codec, 1, clear),
                    payload,
                    0,
                    payload.length,
                    object,
                    Layout.INDEX_OFFSET + indexStored);
        }
        return object;
    }
}
