package org.pgkeep.vault;

/**
 * What may be tuned without changing the format.
 *
 * @param compressionLevel zstd's, 1 to 19
 * @param packLevel the same for data: they are rewritten before (format.md, "Pages"), and then a
 *     lower level does nearly as much
 * @param packBytesTarget a pack is stored when its sealed bytes reach this, 64 KiB to 16 MiB
 * @param cacheBytes clear bytes of chunks that a reader keeps
 * @param queueBytes of packs that wait to be stored, of all writers together; a writer that finds
 *     no room waits
 * @param argonMemoryKib memory of Argon2id for new passphrase envelopes, in KiB
 * @param argonPasses passes of Argon2id for new passphrase envelopes
 */
public record VaultSettings(
        int compressionLevel,
        int packLevel,
        int packBytesTarget,
        int cacheBytes,
        int queueBytes,
        int argonMemoryKib,
        int argonPasses) {
    /**
     * zstd 3, 1 for data, packs of 16 MiB, a cache of 32 MiB, 32 MiB waiting, Argon2id with 64 MiB
     * and 3 passes.
     *
     * <p>What a vault takes at most beside the JVM's own: the cache, what waits, some 20 MB of
     * packs' indexes, and one pack for each writer. With two writers that is 120 MiB.
     */
    public static final VaultSettings DEFAULT =
            new VaultSettings(3, 1, 16 << 20, 32 << 20, 32 << 20, 64 << 10, 3);

    /** As the full one, with one level for all, and as much room to wait in as two packs take. */
    public VaultSettings(
            int compressionLevel,
            int packBytesTarget,
            int cacheBytes,
            int argonMemoryKib,
            int argonPasses) {
        this(
                compressionLevel,
                compressionLevel,
                packBytesTarget,
                cacheBytes,
                2 * packBytesTarget,
                argonMemoryKib,
                argonPasses);
    }

    /** Refuses values out of bounds. */
    public VaultSettings {
        if (compressionLevel < 1
                || compressionLevel > 19
                || packLevel < 1
                || packLevel > 19
                || packBytesTarget < 64 << 10
                || packBytesTarget > 16 << 20
                || cacheBytes < 0
                || queueBytes < 1
                || argonMemoryKib < 8
                || argonMemoryKib > KeyEnvelope.ARGON_MEMORY_KIB_MAX
                || argonPasses < 1
                || argonPasses > KeyEnvelope.ARGON_PASSES_MAX) {
            throw new IllegalArgumentException(
                    "settings out of bounds: compressionLevel="
                            + compressionLevel
                            + " packLevel="
                            + packLevel
                            + " packBytesTarget="
                            + packBytesTarget
                            + " cacheBytes="
                            + cacheBytes
                            + " queueBytes="
                            + queueBytes
                            + " argonMemoryKib="
                            + argonMemoryKib
                            + " argonPasses="
                            + argonPasses);
        }
    }
}
