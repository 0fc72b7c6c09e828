package org.pgkeep.vault;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.SealedObject;

/**
 * Opens slices, keeping the indexes of packs and the chunks that are read in parts. Each cache has
 * one lock, held only to look up and to put in; fetching and opening happen outside of it, so two
 * threads may open the same chunk at once, which costs time and harms nothing. Nothing in a cache
 * can be stale, since a pack never changes.
 */
final class PackReader implements ChunkReader {
    /** The longest index of a pack that {@link PackWriter} makes comes with the first read. */
    private static final int INDEX_BYTES_EXPECTED = 48 << 10;

    /** Chunks in all indexes kept: some 20 MB of memory at about 20 bytes each. */
    private static final int INDEXED_CHUNKS_MAX = 1_000_000;

    private final SealedStore sealed;
    private final Cache<PackId, SealedStore.Part> packs =
            new Cache<>(INDEXED_CHUNKS_MAX, pack -> 50 + pack.sealed().chunks());
    private final Cache<ChunkRef, byte[]> chunks;

    PackReader(SealedStore sealed) {
        this.sealed = sealed;
        chunks = new Cache<>(sealed.settings().cacheBytes(), bytes -> bytes.length);
    }

    @Override
    public byte[] read(Slice slice) {
        ChunkRef ref = slice.chunk();
        int end = slice.offset() + slice.length();
        Optional<byte[]> held = chunks.get(ref);
        ObjectName name = Names.pack(ref.pack());
        byte[] chunk = held.orElseGet(() -> sealed.healing(ObjectKind.PACK, name, () -> open(ref)));
        if (end > chunk.length) {
            throw Damage.of(
                    Names.pack(ref.pack()).text(),
                    "chunk "
                            + ref.ordinal()
                            + " has "
                            + chunk.length
                            + " bytes, but a slice of it ends at "
                            + end);
        }
        if (held.isEmpty() && slice.length() == chunk.length) {
            return chunk;
        }
        if (held.isEmpty()) {
            chunks.put(ref, chunk);
        }
        return Arrays.copyOfRange(chunk, slice.offset(), end);
    }

    /** How many stored bytes of a pack are frames of chunks of that kind. */
    long storedBytes(PackId id, ChunkKind kind) {
        SealedObject pack =
                packs.get(id)
                        .orElseGet(() -> {
                            SealedStore.Part opened = openPack(Names.pack(id)).lean();
                            packs.put(id, opened);
                            return opened;
                        })
                        .sealed();
        long bytes = 0;
        for (int i = 0; i < pack.chunks(); i++) {
            bytes += pack.kind(i) == kind ? pack.storedLength(i) : 0;
        }
        return bytes;
    }

    private byte[] open(ChunkRef ref) {
        Optional<SealedStore.Part> held = packs.get(ref.pack());
        if (held.isPresent()) {
            try {
                return chunk(held.get(), ref.ordinal());
            } catch (Failure e) {
                if (e.code() != Code.MISSING_OBJECT) {
                    throw e;
                }
                // it may have been sealed anew since: its index is another then
            }
        }
        return sealed.whereverItIs(() -> {
            SealedStore.Part opened = openPack(Names.pack(ref.pack()));
            packs.put(ref.pack(), opened.lean());
            return chunk(opened, ref.ordinal());
        });
    }

    private static byte[] chunk(SealedStore.Part pack, int ordinal) {
        if (ordinal >= pack.sealed().chunks()) {
            throw Damage.of(
                    pack.form().text(),
                    "it has "
                            + pack.sealed().chunks()
                            + " chunks, but number "
                            + ordinal
                            + " is referred to");
        }
        return pack.chunk(ordinal);
    }

    private SealedStore.Part openPack(ObjectName name) {
        return sealed.openIndex(ObjectKind.PACK, name, INDEX_BYTES_EXPECTED)
                .orElseThrow(() -> Damage.missing(name.text()));
    }

    /** The least recently used goes first; what weighs more than an eighth of all is not kept. */
    private static final class Cache<K, V> {
        private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
        private final int weightMax;
        private final ToIntFunction<V> weigher;
        private long weight;

        Cache(int weightMax, ToIntFunction<V> weigher) {
            this.weightMax = weightMax;
            this.weigher = weigher;
        }

        synchronized Optional<V> get(K key) {
            return Optional.ofNullable(entries.get(key));
        }

        synchronized void put(K key, V value) {
            int added = weigher.applyAsInt(value);
            if (added > weightMax / 8) {
                return;
            }
            @Nullable V replaced = entries.put(key, value);
            weight += added - (replaced == null ? 0 : weigher.applyAsInt(replaced));
            Iterator<V> oldest = entries.values().iterator();
            while (weight > weightMax) {
                weight -= weigher.applyAsInt(oldest.next());
                oldest.remove();
            }
        }
    }
}
