package org.pgkeep.vault.seal;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.security.GeneralSecurityException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * The tools that are dear to make: ciphers, zstd contexts (native memory), scratch arrays. One
 * thread borrows a bench, uses it and gives it back. They are shared by the whole process, and not
 * bound to threads, because a virtual thread would take a native context with it into the grave.
 */
final class Workbench implements AutoCloseable {
    /** More idle benches than this are taken apart; each holds a few MB. */
    private static final int IDLE_MAX = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    /** Scratch arrays larger than for the common chunks are not kept. */
    private static final int SCRATCH_BYTES_KEPT = 2 << 20;

    /**
     * Fed 1 MiB per call from a cold start, JDK 25's AES-GCM stays at 70 MB/s for ever (measured):
     * its loop is compiled only if it is entered often. Small pieces keep it fast.
     */
    static final int CIPHER_PIECE_BYTES = 64 << 10;

    private static final ConcurrentLinkedDeque<Workbench> IDLE = new ConcurrentLinkedDeque<>();
    private static final AtomicInteger IDLE_COUNT = new AtomicInteger();

    private final ZstdCompressCtx compressor = new ZstdCompressCtx();
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
    private final Cipher sealing = aesGcm();
    private final Cipher opening = aesGcm();
    private int level;
    private byte[] first = new byte[0];
    private byte[] second = new byte[0];

    private Workbench() {
        compressor.setChecksum(false);
        compressor.setContentSize(true);
    }

    static Workbench borrow() {
        Workbench idle = IDLE.pollFirst();
        if (idle == null) {
            return new Workbench();
        }
        IDLE_COUNT.decrementAndGet();
        return idle;
    }

    /** Gives the bench back. */
    @Override
    public void close() {
        if (IDLE_COUNT.incrementAndGet() > IDLE_MAX) {
            IDLE_COUNT.decrementAndGet();
            compressor.close();
            decompressor.close();
        } else {
            IDLE.addFirst(this);
        }
    }

    /** Scratch space; its bytes hold until the next call with the same number. */
    byte[] scratch(int which, int bytes) {
        byte[] held = which == 0 ? first : second;
        if (held.length >= bytes) {
            return held;
        }
        byte[] larger = new byte[Math.max(bytes, 160 << 10)];
        if (bytes <= SCRATCH_BYTES_KEPT) {
            if (which == 0) {
                first = larger;
            } else {
                second = larger;
            }
        }
        return larger;
    }

    /** Bytes that {@link #compress} may need. */
    static int compressBound(int bytes) {
        return (int) Zstd.compressBound(bytes);
    }

    /** Compresses into {@code target}, which has {@link #compressBound}; returns the length. */
    int compress(int wantedLevel, byte[] clear, int offset, int length, byte[] target) {
        if (level != wantedLevel) {
            compressor.setLevel(wantedLevel);
            level = wantedLevel;
        }
        return compressor.compressByteArray(target, 0, target.length, clear, offset, length);
    }

    /** Decompresses; false if the bytes are not one zstd frame of exactly {@code clearBytes}. */
    boolean decompress(
            byte[] packed, int offset, int length, byte[] target, int at, int clearBytes) {
        try {
            return decompressor.decompressByteArray(target, at, clearBytes, packed, offset, length)
                    == clearBytes;
        } catch (ZstdException e) {
            return false;
        }
    }

    /** Encrypts into {@code target}: {@code length} bytes and the tag. */
    void seal(
            SecretKey key,
            int frame,
            byte[] associated,
            byte[] clear,
            int offset,
            int length,
            byte[] target,
            int at) {
        seal(key, frame, associated, clear, offset, length, target, at, CIPHER_PIECE_BYTES);
    }

    /** The same in pieces of another size. */
    void seal(
            SecretKey key,
            int frame,
            byte[] associated,
            byte[] clear,
            int offset,
            int length,
            byte[] target,
            int at,
            int pieceBytes) {
        try {
            sealing.init(Cipher.ENCRYPT_MODE, key, nonce(frame));
            sealing.updateAAD(associated);
            int written = feed(sealing, clear, offset, length, target, at, pieceBytes);
            if (written != length + Layout.TAG_BYTES) {
                throw new IllegalStateException("sealed " + length + " bytes into " + written);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /** Decrypts and checks {@code length} bytes, tag included; false if they are not authentic. */
    boolean open(
            SecretKey key,
            int frame,
            byte[] associated,
            byte[] sealed,
            int offset,
            int length,
            byte[] target) {
        try {
            opening.init(Cipher.DECRYPT_MODE, key, nonce(frame));
            opening.updateAAD(associated);
            feed(opening, sealed, offset, length, target, 0, CIPHER_PIECE_BYTES);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not open", e);
        }
    }

    /** Gives a cipher its bytes in small pieces, the last with doFinal; returns bytes written. */
    static int feed(
            Cipher cipher,
            byte[] source,
            int offset,
            int length,
            byte[] target,
            int at,
            int pieceBytes)
            throws GeneralSecurityException {
        int done = 0;
        int written = 0;
        while (length - done > pieceBytes) {
            written += cipher.update(source, offset + done, pieceBytes, target, at + written);
            done += pieceBytes;
        }
        return written + cipher.doFinal(source, offset + done, length - done, target, at + written);
    }

    /** Twelve bytes: zeros, then the frame's number. A key seals each number once. */
    private static GCMParameterSpec nonce(int frame) {
        byte[] nonce = new byte[12];
        nonce[8] = (byte) (frame >>> 24);
        nonce[9] = (byte) (frame >>> 16);
        nonce[10] = (byte) (frame >>> 8);
        nonce[11] = (byte) frame;
        return new GCMParameterSpec(Layout.TAG_BYTES * 8, nonce);
    }

    private static Cipher aesGcm() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }
}
