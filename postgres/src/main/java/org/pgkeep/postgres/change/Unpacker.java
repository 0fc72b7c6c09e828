package org.pgkeep.postgres.change;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link Packer} wrote. Whatever the bytes are, it throws nothing else than it says. */
public final class Unpacker {
    private final byte[] buffer;
    private final int end;
    private int at;

    /** Reads those bytes. */
    public Unpacker(byte[] bytes) {
        this(bytes, 0);
    }

    /** Reads those bytes from a place on. */
    public Unpacker(byte[] bytes, int from) {
        this.buffer = bytes;
        this.at = from;
        this.end = bytes.length;
    }

    /**
     * An unsigned number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at == end) {
                throw new IllegalArgumentException("a number without end");
            }
            byte next = buffer[at++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }

    /** A number with a sign. */
    public long signed() {
        long value = number();
        return value >>> 1 ^ -(value & 1);
    }

    /**
     * A number of things, each of which takes a byte at least.
     *
     * @throws IllegalArgumentException if so many can't follow
     */
    public int count() {
        long value = number();
        if (value < 0 || value > end - at) {
            throw new IllegalArgumentException(value + " things in " + (end - at) + " bytes");
        }
        return (int) value;
    }

    /** A number from 0 to {@code most}. */
    public int number(int most) {
        long value = number();
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(value + " is more than " + most);
        }
        return (int) value;
    }

    /** An object id. */
    public int objectId() {
        long value = number();
        if (value >>> 32 != 0) {
            throw new IllegalArgumentException("no object id: " + value);
        }
        return (int) value;
    }

    /** Bytes, at most so many. */
    public byte[] bytes(int most) {
        int length = number(Math.min(most, end));
        if (length > end - at) {
            throw new IllegalArgumentException(length + " bytes in " + (end - at));
        }
        at += length;
        return Arrays.copyOfRange(buffer, at - length, at);
    }

    /** A text. */
    public String text(int bytesMax) {
        return new String(bytes(bytesMax), StandardCharsets.UTF_8);
    }

    /** Whether anything is left. */
    public boolean hasMore() {
        return at < end;
    }
}
