package org.pgkeep.vault.seal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Reads what {@link Encoder} wrote. Every length is checked against what is left before anything is
 * allocated or read: bytes that are not what they should be end in DAMAGED_OBJECT, in nothing else.
 */
public final class Decoder {
    private final String object;
    private final byte[] bytes;
    private final int end;
    private int at;

    /**
     * A decoder of a stretch of bytes.
     *
     * @param object the name of the object they come from, for the failure
     */
    public Decoder(String object, byte[] bytes, int offset, int length) {
        this.object = object;
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
        if (offset < 0 || length < 0 || end > bytes.length || end < offset) {
            throw new IllegalArgumentException("no stretch: " + offset + " + " + length);
        }
    }

    /** A decoder of all the bytes. */
    public Decoder(String object, byte[] bytes) {
        this(object, bytes, 0, bytes.length);
    }

    /** One byte, 0 to 255. */
    public int u8() {
        need(1);
        return bytes[at++] & 0xFF;
    }

    /** Two bytes, 0 to 65535. */
    public int u16() {
        int high = u8();
        return high << 8 | u8();
    }

    /** Four bytes, unsigned. */
    public long u32() {
        long high = u16();
        return high << 16 | u16();
    }

    /** Eight bytes. */
    public long u64() {
        long high = u32();
        return high << 32 | u32();
    }

    /** A varint, at most {@code max}. */
    public long varint(long max) {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int b = u8();
            value |= (long) (b & 0x7F) << shift;
            if (b < 0x80) {
                if (value > max) {
                    throw damage("a number of " + value + " where " + max + " is the most");
                }
                if (b == 0 && shift > 0) {
                    throw damage("a number in too many bytes");
                }
                return value;
            }
        }
        throw damage("a number of too many bytes");
    }

    /** A varint that is the index of, or a number of, things. */
    public int count(int max) {
        return (int) varint(max);
    }

    /** A number of either sign. */
    public long zigzag() {
        long folded = varint(Long.MAX_VALUE);
        return (folded >>> 1) ^ -(folded & 1);
    }

    /** 16 bytes. */
    public UUID uuid() {
        long high = u64();
        return new UUID(high, u64());
    }

    /** A text of at most so many bytes of UTF-8. */
    public String text(int bytesMax) {
        int length = count(bytesMax);
        need(length);
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes, at, length))
                            .toString();
            at += length;
            return text;
        } catch (CharacterCodingException e) {
            throw Damage.of(object, "a text that is no UTF-8", e);
        }
    }

    /** How many bytes are left. */
    public int left() {
        return end - at;
    }

    /** Checks that nothing is left. */
    public void end() {
        if (left() != 0) {
            throw damage(left() + " bytes too many");
        }
    }

    /** A failure about this object. */
    public RuntimeException damage(String what) {
        return Damage.of(object, what);
    }

    private void need(int count) {
        if (count > left()) {
            throw damage("it ends too early");
        }
    }
}
