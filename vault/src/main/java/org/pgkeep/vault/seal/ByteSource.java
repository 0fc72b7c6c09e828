package org.pgkeep.vault.seal;

import java.util.Arrays;
import java.util.Optional;

/** Where the bytes of one sealed object come from. */
@FunctionalInterface
public interface ByteSource {
    /** A stretch of the object, shorter at its end; empty if there is no such object. */
    Optional<byte[]> range(long offset, int length);

    /** An object that is in memory. */
    static ByteSource of(byte[] object) {
        return of(object, object.length);
    }

    /** An object that is the first bytes of an array. */
    static ByteSource of(byte[] buffer, int bytes) {
        return (offset, length) -> {
            int from = (int) Math.min(offset, bytes);
            int to = (int) Math.min((long) from + length, bytes);
            return Optional.of(Arrays.copyOfRange(buffer, from, to));
        };
    }

    /**
     * The same object with its first bytes fetched at once and kept; ranges that lie in them cost
     * nothing more.
     */
    default ByteSource withPrefix(int bytes) {
        Optional<byte[]> prefix = range(0, bytes);
        if (prefix.isEmpty()) {
            return (offset, length) -> Optional.empty();
        }
        byte[] held = prefix.get();
        boolean whole = held.length < bytes;
        return (offset, length) ->
                whole || offset + length <= held.length
                        ? of(held).range(offset, length)
                        : range(offset, length);
    }
}
