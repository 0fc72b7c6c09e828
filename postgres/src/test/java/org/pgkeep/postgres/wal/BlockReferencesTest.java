package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.change.ChangeCollector;

/** The corners of a record's body; that real ones are read rightly is in WalReaderIT. */
class BlockReferencesTest {
    private static final Lsn START = Lsn.parse("0/1000028");
    private static final Lsn END = Lsn.parse("0/1000100");

    private static WalRecord record(int resourceManager, byte[] body) {
        byte[] bytes = HandMadeWal.encode(resourceManager, 0, 7, body);
        return new WalRecord(START, END, bytes, 0, bytes.length);
    }

    private static byte[] bytes(ByteBuffer body) {
        byte[] bytes = new byte[body.position()];
        body.get(0, bytes);
        return bytes;
    }

    private static ByteBuffer body() {
        return ByteBuffer.allocate(20_000).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void takesTheRelationFromTheBlockBefore() {
        ByteBuffer body = body();
        body.put((byte) 0).put((byte) 0x20).putShort((short) 2);
        body.putInt(1663).putInt(5).putInt(16384).putInt(-2);
        body.put((byte) 3).put((byte) (0x80 | 0x40 | 3)).putShort((short) 0).putInt(9);
        body.put((byte) 253).putShort((short) 1);
        body.put((byte) 252).putInt(44);
        body.put((byte) 255).put((byte) 3);
        body.put((byte) 'a').put((byte) 'b').put((byte) 1).put((byte) 2).put((byte) 3);
        BlockReferences references = new BlockReferences(15);
        assertThat(references.read(record(10, bytes(body)))).isEqualTo(2);
        assertThat(references.relationFile(1)).isEqualTo(new RelationFile(1663, 5, 16384));
        assertThat(references.block(0)).isEqualTo(-2);
        assertThat(references.fork(1)).isEqualTo(3);
        assertThat(references.willInit(1)).isTrue();
        assertThat(references.data(0)).containsExactly('a', 'b');
        assertThat(references.mainData()).containsExactly(1, 2, 3);
    }

    /** Bits 2 and 4 of an image's info changed their meaning in 15. */
    @Test
    void readsImagesAsEachVersionPacksThem() {
        byte[] page = new byte[8192];
        new Random(1).nextBytes(page);
        Arrays.fill(page, 100, 3000, (byte) 'x');
        Arrays.fill(page, 4000, 5000, (byte) 0);
        byte[] content = new byte[7192];
        System.arraycopy(page, 0, content, 0, 4000);
        System.arraycopy(page, 5000, content, 4000, 3192);
        byte[] lz4 = LZ4Factory.safeInstance().fastCompressor().compress(content);
        byte[] zstd = Zstd.compress(content);
        assertThat(image(13, 0x01 | 0x04, content, 0)).isEqualTo(page);
        assertThat(image(14, 0x01 | 0x04, content, 0)).isEqualTo(page);
        assertThat(image(15, 0x01 | 0x02, content, 0)).isEqualTo(page);
        assertThat(image(16, 0x01 | 0x02 | 0x08, lz4, 1000)).isEqualTo(page);
        assertThat(image(18, 0x01 | 0x02 | 0x10, zstd, 1000)).isEqualTo(page);
        // eight literals, then a match of 3 bytes at distance 8 that is repeated to the end
        byte[] repeating = new byte[8192];
        for (int i = 0; i < repeating.length; i++) {
            repeating[i] = (byte) (i % 8);
        }
        ByteBuffer pglz = body();
        pglz.put((byte) 0).put(repeating, 0, 8);
        for (int left = 8184, item = 0; left > 0; item++) {
            if (item % 8 == 0) {
                pglz.put((byte) 0xFF);
            }
            int length = Math.min(left, 273);
            pglz.put((byte) 0x0F).put((byte) 8).put((byte) (length - 18));
            left -= length;
        }
        assertThat(image(13, 0x02 | 0x04, bytes(pglz), 0)).isEqualTo(repeating);
        assertThat(image(17, 0x02 | 0x04, bytes(pglz), 0)).isEqualTo(repeating);
    }

    private static byte[] image(int major, int info, byte[] packed, int compressedHole) {
        ByteBuffer body = body();
        body.put((byte) 0).put((byte) 0x10).putShort((short) 0);
        body.putShort((short) packed.length);
        body.putShort((short) ((info & 1) == 0 ? 0 : 4000)).put((byte) info);
        if (compressedHole > 0) {
            body.putShort((short) compressedHole);
        }
        body.putInt(1663).putInt(5).putInt(16384).putInt(1).put(packed);
        BlockReferences references = new BlockReferences(major);
        assertThat(references.read(record(10, bytes(body)))).isEqualTo(1);
        return references.image(0);
    }

    @Test
    void neverDoesWorseThanSayThatARecordMakesNoSense() {
        Random random = new Random(1);
        int understood = 0;
        for (int i = 0; i < Integer.getInteger("pgkeep.seeds", 20_000); i++) {
            byte[] body = new byte[random.nextInt(120)];
            random.nextBytes(body);
            if (body.length > 24 && i % 3 > 0) {
                // begins like a good one, so that more of it is looked at
                body[0] = 0;
                body[1] = (byte) (random.nextInt(16) << 4 | random.nextInt(4));
                body[2] = (byte) random.nextInt(20);
                body[3] = 0;
                body[20] = (byte) 255;
            }
            int major = 13 + random.nextInt(6);
            WalRecord record = record(random.nextInt(24), body);
            try {
                Optional<WalEvent> event = new WalEvents(major).decode(record);
                new ChangeCollector(major).take(record, event);
                understood++;
            } catch (Failure failure) {
                assertThat(failure.code()).isEqualTo(Code.DAMAGED_WAL);
            }
        }
        assertThat(understood).isPositive();
    }

    @Test
    void refusesAnImageThatDoesNotOpen() {
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            byte[] packed = new byte[1 + random.nextInt(200)];
            random.nextBytes(packed);
            int info = new int[] {0x04, 0x08, 0x10}[i % 3];
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> image(15, info | 0x02, packed, 0))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.DAMAGED_WAL));
        }
    }
}
