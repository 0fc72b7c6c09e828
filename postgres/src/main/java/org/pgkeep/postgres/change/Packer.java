package org.pgkeep.postgres.change;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes numbers in as few bytes as they need: seven bits a byte, the lowest first, the highest bit
 * of a byte says that more follow.
 */
public final class Packer {
    private byte[] buffer;
    private int length;

    /** An empty one. */
    public Packer(int bytesExpected) {
        this.buffer = new byte[Math.max(16, bytesExpected)];
    }

    /** A number, unsigned: 1 to 10 bytes. */
    public void number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[length++] = (byte) rest;
    }

    /** A number with a sign: small ones take few bytes either way. */
    public void signed(long value) {
        number(value << 1 ^ value >> 63);
    }

    /** An object id. */
    public void objectId(int id) {
        number(Integer.toUnsignedLong(id));
    }

    /** Bytes, their number first. */
    public void bytes(byte[] bytes) {
        number(bytes.length);
        room(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
    }

    /** A text in UTF-8, as bytes. */
    public void text(String text) {
        bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** A copy of what was written. */
    public byte[] bytes() {
        return Arrays.copyOf(buffer, length);
    }

    private void room(int bytes) {
        if (buffer.length - length < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + bytes));
        }
    }
}
