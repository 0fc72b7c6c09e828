package org.pgkeep.vault;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** An open vault. All methods may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester")
public final class Vault {
    private Vault() {}

    /** Whether a vault stands there. */
    public static boolean exists(ObjectStore store) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Makes a vault.
     *
     * @param envelopes what shall open it, at least one
     * @throws org.pgkeep.failure.Failure WRONG_PLACE if a vault stands there already
     */
    public static Vault create(
            ObjectStore store, List<VaultKey> envelopes, SecureRandom random, InstantSource clock) {
        return create(store, envelopes, random, clock, VaultSettings.DEFAULT);
    }

    /** As {@link #create(ObjectStore, List, SecureRandom, InstantSource)}, tuned. */
    public static Vault create(
            ObjectStore store,
            List<VaultKey> envelopes,
            SecureRandom random,
            InstantSource clock,
            VaultSettings settings) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Opens a vault.
     *
     * @throws org.pgkeep.failure.Failure WRONG_PLACE if there is none, WRONG_KEY, NEWER_FORMAT,
     *     DAMAGED_OBJECT
     */
    public static Vault open(
            ObjectStore store, VaultKey key, SecureRandom random, InstantSource clock) {
        return open(store, key, random, clock, VaultSettings.DEFAULT);
    }

    /** As {@link #open(ObjectStore, VaultKey, SecureRandom, InstantSource)}, tuned. */
    public static Vault open(
            ObjectStore store,
            VaultKey key,
            SecureRandom random,
            InstantSource clock,
            VaultSettings settings) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The vault's id. */
    public VaultId id() {
        throw new UnsupportedOperationException("not yet");
    }

    /** When it was made. */
    public Instant createdAt() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Where it is, for people. */
    public String location() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The archives that hold at least one object, sorted by id. */
    public List<ArchiveId> archives() {
        throw new UnsupportedOperationException("not yet");
    }

    /** A view of an archive; nothing is stored by asking. */
    public Archive archive(ArchiveId id) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The vault's reader, one for all callers; it keeps a bounded cache. */
    public ChunkReader reader() {
        throw new UnsupportedOperationException("not yet");
    }

    /** A new writer for the calling thread. */
    public PackWriter newPackWriter() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The packs there are, sorted by id: from the listing alone. */
    public List<PackId> packs() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Opens every chunk of a pack.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT or MISSING_OBJECT, naming the pack
     */
    public void checkPack(PackId id) {
        throw new UnsupportedOperationException("not yet");
    }
}
