package org.pgkeep.vault.seal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** Bytes that grow. Fixed-width numbers are big-endian; varints are unsigned LEB128. */
public final class Encoder {
    private byte[] bytes = new byte[256];
    private int length;

    /** One byte, the low 8 bits. */
    public Encoder u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Two bytes, the low 16 bits. */
    public Encoder u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    /** Four bytes. */
    public Encoder u32(int value) {
        return u16(value >>> 16).u16(value);
    }

    /** Eight bytes. */
    public Encoder u64(long value) {
        return u32((int) (value >>> 32)).u32((int) value);
    }

    /** 1 to 9 bytes for a number that is not negative. */
    public Encoder varint(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative: " + value);
        }
        long rest = value;
        while (rest > 0x7F) {
            u8((int) rest | 0x80);
            rest >>>= 7;
        }
        return u8((int) rest);
    }

    /** A number of either sign as a varint: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 …. */
    public Encoder zigzag(long value) {
        long folded = (value << 1) ^ (value >> 63);
        if (folded < 0) {
            throw new IllegalArgumentException("too large: " + value);
        }
        return varint(folded);
    }

    /** 16 bytes. */
    public Encoder uuid(UUID value) {
        return u64(value.getMostSignificantBits()).u64(value.getLeastSignificantBits());
    }

    /** Its length as a varint, then its UTF-8; half of a surrogate pair is refused. */
    public Encoder text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (text.chars().anyMatch(c -> Character.isSurrogate((char) c))
                && !new String(utf8, StandardCharsets.UTF_8).equals(text)) {
            throw new IllegalArgumentException("no text: " + text);
        }
        return varint(utf8.length).raw(utf8, 0, utf8.length);
    }

    /** The bytes themselves. */
    public Encoder raw(byte[] source, int offset, int count) {
        room(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** Bytes written so far. */
    public int length() {
        return length;
    }

    /** A copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Forgets what was written. */
    public void clear() {
        length = 0;
    }

    private void room(int count) {
        if (count > bytes.length - length) {
            int wanted = Math.addExact(length, count);
            int doubled = (int) Math.min(Integer.MAX_VALUE - 8L, bytes.length * 2L);
            bytes = Arrays.copyOf(bytes, Math.max(wanted, doubled));
        }
    }
}
