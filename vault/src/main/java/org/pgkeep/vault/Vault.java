package org.pgkeep.vault;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.WarmUp;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;

/** An open vault. All methods may be called from any thread. */
public final class Vault {
    private static final int FIRST_GENERATION = 1;

    private final SealedStore sealed;
    private final PackReader reader;
    private final PackRoom packRoom;
    private final VaultKeys keys;

    private Vault(SealedStore sealed) {
        this.sealed = sealed;
        reader = new PackReader(sealed);
        packRoom = new PackRoom(sealed.settings());
        keys = new VaultKeys(sealed.raw(), sealed.safe(), sealed.random(), sealed.settings());
        WarmUp.start();
    }

    /** Whether a vault stands there. */
    public static boolean exists(ObjectStore store) {
        return store.list(Names.VAULT_PREFIX).stream()
                .anyMatch(object -> Names.vaultVersion(object.name()).isPresent());
    }

    /**
     * Makes a vault.
     *
     * @param envelopes what shall open it, at least one
     * @throws Failure WRONG_PLACE if a vault stands there already
     */
    public static Vault create(
            ObjectStore store, List<VaultKey> envelopes, SecureRandom random, InstantSource clock) {
        return create(store, envelopes, random, clock, VaultSettings.DEFAULT);
    }

    /**
     * As {@link #create(ObjectStore, List, SecureRandom, InstantSource)}, tuned.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>the key envelopes are stored: no vault yet, and envelopes of a vault that will never
     *       exist, which {@link #open} passes over;
     *   <li>the vault document is stored: the vault exists and can be opened.
     * </ol>
     *
     * The other way round a crash would leave a vault without keys.
     */
    public static Vault create(
            ObjectStore store,
            List<VaultKey> envelopes,
            SecureRandom random,
            InstantSource clock,
            VaultSettings settings) {
        if (envelopes.isEmpty()) {
            throw new IllegalArgumentException("a vault without a key could never be opened");
        }
        if (exists(store)) {
            throw standsThere(store);
        }
        VaultId id = VaultId.random(random);
        byte[] master = new byte[Keyring.MASTER_KEY_BYTES];
        random.nextBytes(master);
        Keyring keys = KeySafe.first(id, master);
        Arrays.fill(master, (byte) 0);
        List<ObjectName> stored = new ArrayList<>();
        for (VaultKey key : envelopes) {
            KeyEnvelope envelope = KeyEnvelope.seal(keys, key, "", random, settings);
            store.putIfAbsent(envelope.name(), envelope.encode());
            stored.add(envelope.name());
        }
        Instant createdAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        VaultDocument document =
                new VaultDocument(id, createdAt, VaultDocument.FIRST_VERSION, FIRST_GENERATION);
        if (store.putIfAbsent(document.name(), document.encode(keys)) == PutOutcome.EXISTS
                && !isOurs(store, keys)) {
            stored.forEach(store::delete);
            throw standsThere(store);
        }
        KeySafe safe = KeySafe.of(store, envelopes.getFirst(), new KeySafe.Opened(document, keys));
        return new Vault(new SealedStore(store, safe, random, settings));
    }

    /**
     * Opens a vault.
     *
     * @throws Failure WRONG_PLACE if there is none, WRONG_KEY, NEWER_FORMAT, DAMAGED_OBJECT
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
        return new Vault(new SealedStore(store, KeySafe.open(store, key), random, settings));
    }

    /** The vault's id. */
    public VaultId id() {
        return sealed.safe().document().id();
    }

    /** When it was made, in whole milliseconds. */
    public Instant createdAt() {
        return sealed.safe().document().createdAt();
    }

    /** Where it is, for people. */
    public String location() {
        return sealed.store().location();
    }

    /**
     * The vault's tiers; {@link TierList#NONE} if none were ever stored.
     *
     * @throws Failure DAMAGED_OBJECT also if somebody without a key wrote the list
     */
    public TierList tiers() {
        return TiersDocument.read(sealed.store())
                .map(read -> read.verify(sealed.safe().ringFor(read.generation())))
                .orElse(TierList.NONE);
    }

    /**
     * Stores the tiers as the version after the one that {@code read} was.
     *
     * @throws Failure WRONG_STATE if the list was changed since
     */
    public TierList putTiers(TierList read, List<TierSettings> tiers) {
        return TiersDocument.put(
                sealed.store(), sealed.keys(), id(), new TierList(read.version() + 1, tiers));
    }

    /** The tiers that a place tells of without a key: nobody vouches for them yet. */
    public static TierList tiersUnverified(ObjectStore store) {
        return TiersDocument.read(store).map(TiersDocument.Unverified::list).orElse(TierList.NONE);
    }

    /** The keys it is locked with. */
    public VaultKeys keys() {
        return keys;
    }

    /** What seals with the newest master key what an older one has sealed. */
    public Resealing resealing() {
        return new Resealing(sealed);
    }

    /** The archives that hold at least one object and are not deleted, sorted by id. */
    public List<ArchiveId> archives() {
        List<ArchiveId> all =
                sealed.store().folders(Names.ARCHIVES_PREFIX).stream()
                        .map(Names::id)
                        .flatMap(Optional::stream)
                        .map(ArchiveId::new)
                        .sorted()
                        .toList();
        // tombstones behind what they bury: what is deleted in between is seen as deleted
        List<StoredObject> tombstones = sealed.store().list(Names.TOMBSTONES_PREFIX);
        return all.stream()
                .filter(id ->
                        tombstones.stream()
                                .noneMatch(each -> each.name().equals(Names.tombstone(id))))
                .toList();
    }

    /**
     * The same vault for whoever deletes what he does not find referred to: where a place is away
     * and the others can't list everything, he is told so instead of seeing what there is.
     */
    public Vault withCompleteListings() {
        return new Vault(sealed.withCompleteListings());
    }

    /** Where the objects are; for those who copy, count and delete, sealed as they are. */
    public ObjectStore store() {
        return sealed.store();
    }

    /** The same with all forms that objects were ever sealed in, under the names they stand. */
    public ObjectStore storeAsItStands() {
        return sealed.raw();
    }

    /** A new random id. */
    public UUID newId() {
        return Uuids.random(sealed.random());
    }

    /**
     * Stores a small sealed object that belongs to no archive's documents.
     *
     * @param content at most {@link Archive#DOCUMENT_BYTES_MAX} bytes
     */
    public PutOutcome putNote(ObjectName name, byte[] content) {
        byte[] object = sealed.seal(ObjectKind.DOCUMENT, name, content, 0, content.length);
        return sealed.store().putIfAbsent(name, object);
    }

    /** The clear bytes of what {@link #putNote} stored; empty if there is none. */
    public Optional<byte[]> note(ObjectName name) {
        return sealed.open(ObjectKind.DOCUMENT, name, Archive.DOCUMENT_BYTES_MAX);
    }

    /** A view of an archive; nothing is stored by asking. */
    public Archive archive(ArchiveId id) {
        return new Archive(id, sealed);
    }

    /** The vault's reader, one for all callers; it keeps a bounded cache. */
    public ChunkReader reader() {
        return reader;
    }

    /** A new writer for the calling thread. */
    public PackWriter newPackWriter() {
        return new PackWriter(sealed, packRoom);
    }

    /** The packs there are, sorted by id: from the listing alone. */
    public List<PackId> packs() {
        return sealed.store().list(Names.PACKS_PREFIX).stream()
                .map(object -> Names.packId(object.name()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    /**
     * How many stored bytes of a pack are file maps: the frames of its map chunks. The rest of the
     * pack is data.
     *
     * @throws Failure DAMAGED_OBJECT or MISSING_OBJECT, naming the pack
     */
    public long mapBytes(PackId id) {
        return reader.storedBytes(id, ChunkKind.MAP);
    }

    /**
     * Opens every chunk of a pack.
     *
     * @throws Failure DAMAGED_OBJECT or MISSING_OBJECT, naming the pack
     */
    public void checkPack(PackId id) {
        ObjectName name = Names.pack(id);
        sealed.healing(
                ObjectKind.PACK,
                name,
                () -> {
                    SealedStore.Whole pack =
                            sealed.openWhole(ObjectKind.PACK, name)
                                    .orElseThrow(() -> Damage.missing(name.text()));
                    for (int i = 0; i < pack.sealed().chunks(); i++) {
                        pack.chunk(i);
                    }
                    return id;
                });
    }

    /**
     * Whether the bytes are what the vault stored under that name, as far as the keys tell; empty
     * if it is an object that this program knows nothing of.
     */
    public Optional<Boolean> isWhole(ObjectName name, byte[] bytes) {
        return new ObjectCheck(sealed, id()).isWhole(name, bytes);
    }

    @Override
    public String toString() {
        return "vault " + id() + " at " + location();
    }

    /**
     * Whether the vault that stands there is the one just made: a store may lose its answer, try
     * again, and meet its own object. One that reads the same twice and names another vault is not;
     * when that can't be told the envelopes stay.
     */
    private static boolean isOurs(ObjectStore store, Keyring keys) {
        @Nullable VaultDocument first = null;
        for (int i = 0; i < 2; i++) {
            VaultDocument.Unverified read =
                    VaultDocument.read(store).orElseThrow(() -> KeySafe.nothingThere(store));
            if (read.document().id().value().equals(keys.vault())) {
                read.verify(keys);
                return true;
            }
            if (i == 1 && !read.document().equals(first)) {
                throw Damage.of(read.name().text(), "it reads differently each time");
            }
            first = read.document();
        }
        return false;
    }

    private static Failure standsThere(ObjectStore store) {
        return new Failure(
                Code.WRONG_PLACE,
                "a vault stands at " + store.location() + " already",
                "open that one with its key, or choose another place for the new one");
    }
}
