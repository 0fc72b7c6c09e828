package org.pgkeep.vault;

import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.Optional;
import org.pgkeep.vault.seal.ByteSource;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;
import org.pgkeep.vault.seal.Layout;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;
import org.pgkeep.vault.seal.SealedObject;

/**
 * A store with the vault's keys: objects go in clear and come out clear. What the parts of an open
 * vault share; immutable.
 *
 * @param store where objects are kept
 * @param keys the vault's keys
 * @param random for ids and seals; thread-safe
 * @param settings of the vault
 */
record SealedStore(ObjectStore store, Keyring keys, SecureRandom random, VaultSettings settings) {
    private static final int HEAD_BYTES = 64 << 10;

    ObjectSealer sealer(ObjectKind kind, ObjectName name, int bytesExpected) {
        return new ObjectSealer(
                keys, kind, name.text(), settings.compressionLevel(), random, bytesExpected);
    }

    /** Seals bytes as one object. */
    byte[] seal(ObjectKind kind, ObjectName name, byte[] bytes, int offset, int length) {
        try (ObjectSealer sealer = sealer(kind, name, length / 2)) {
            int most = ChunkKind.PLAIN.clearBytesMax();
            for (int done = 0; done < length; done += most) {
                int piece = Math.min(most, length - done);
                sealer.seal(sealer.reserve(ChunkKind.PLAIN), bytes, offset + done, piece);
            }
            return sealer.finish();
        }
    }

    /** Opens an object whole; empty if there is none. */
    Optional<byte[]> open(ObjectKind kind, ObjectName name, int clearBytesMax) {
        return openWhole(kind, name).map(whole -> whole.join(clearBytesMax));
    }

    /** Fetches an object whole and opens its index, its chunks one by one as they are asked for. */
    Optional<Whole> openWhole(ObjectKind kind, ObjectName name) {
        return fetch(name)
                .flatMap(bytes ->
                        SealedObject.openWhole(keys, kind, name.text(), bytes)
                                .map(sealed -> new Whole(name, sealed, bytes)));
    }

    /** Opens the first chunk of an object, fetching little more; empty if there is no object. */
    Optional<byte[]> openHead(ObjectKind kind, ObjectName name) {
        ByteSource source = source(name).withPrefix(HEAD_BYTES);
        return SealedObject.open(keys, kind, name.text(), source)
                .map(sealed -> {
                    if (sealed.chunks() == 0) {
                        throw Damage.of(name.text(), "it has no head");
                    }
                    return sealed.chunk(0, source);
                });
    }

    ByteSource source(ObjectName name) {
        return (offset, length) -> store.range(name, offset, length);
    }

    private Optional<byte[]> fetch(ObjectName name) {
        Optional<byte[]> bytes = store.range(name, 0, Layout.OBJECT_BYTES_MAX + 1);
        if (bytes.isPresent() && bytes.get().length > Layout.OBJECT_BYTES_MAX) {
            throw Damage.of(name.text(), "it is larger than an object may be");
        }
        return bytes;
    }

    /** An object in memory, still sealed. */
    @SuppressWarnings("ArrayRecordComponent")
    record Whole(ObjectName name, SealedObject sealed, byte[] bytes) {
        byte[] chunk(int ordinal) {
            return sealed.chunk(ordinal, ByteSource.of(bytes));
        }

        private byte[] join(int clearBytesMax) {
            if (sealed.clearBytes() > clearBytesMax) {
                throw Damage.of(name.text(), "it holds " + sealed.clearBytes() + " clear bytes");
            }
            if (sealed.chunks() == 1) {
                return chunk(0);
            }
            ByteArrayOutputStream clear = new ByteArrayOutputStream((int) sealed.clearBytes());
            for (int i = 0; i < sealed.chunks(); i++) {
                clear.writeBytes(chunk(i));
            }
            return clear.toByteArray();
        }
    }
}
