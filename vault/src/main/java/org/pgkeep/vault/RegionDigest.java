package org.pgkeep.vault;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The digest of one region of a file: the first 16 bytes of the SHA-256 of its clear bytes.
 *
 * @param high bytes 0 to 7, big-endian
 * @param low bytes 8 to 15
 */
public record RegionDigest(long high, long low) {
    /** Bytes of an encoded digest. */
    public static final int BYTES = 16;

    /** Of a region of which only parts were read: 16 zero bytes, which equal no region's digest. */
    public static final RegionDigest UNKNOWN = new RegionDigest(0, 0);

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final ThreadLocal<MessageDigest> SHA_256 =
            ThreadLocal.withInitial(RegionDigest::sha256);

    /** The digest of a region's clear bytes. */
    public static RegionDigest of(byte[] bytes, int offset, int length) {
        MessageDigest digest = SHA_256.get();
        digest.update(bytes, offset, length);
        byte[] whole = digest.digest();
        return new RegionDigest((long) LONG.get(whole, 0), (long) LONG.get(whole, 8));
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
