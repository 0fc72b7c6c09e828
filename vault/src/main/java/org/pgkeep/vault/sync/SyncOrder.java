package org.pgkeep.vault.sync;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.StoredObject;

/**
 * In which order objects go to another tier: what refers comes after what it refers to, so that
 * whatever instant the copying ends at, the tier holds nothing that can't be restored from it.
 */
enum SyncOrder {
    /** What opens the vault, and what makes it one. */
    KEYS,
    VAULT,
    /** Bytes of files and of WAL, and what is known of them. */
    PACKS,
    LOGS,
    DOCUMENTS,
    /** These say that a backup is there: last of all. */
    SNAPSHOTS,
    /**
     * What is each tier's own: deletions, leases, marks of stores. Never copied, but for pins: see
     * {@link #pinsLacking}.
     */
    OWN;

    /** Where the vault's documents are. */
    static final String VAULT_DOCUMENTS = "vault/";

    private static final Pattern LOG =
            Pattern.compile(
                    "(archives/[^/]+/log/[0-9a-f]{8})/([0-9a-f]{16})-([0-9a-f]{16})(\\.g\\d+)?");

    static SyncOrder of(ObjectName name) {
        String[] parts = name.text().split("/", -1);
        String kind = parts[0].equals("archives") && parts.length > 2 ? parts[2] : parts[0];
        return switch (kind) {
            case "keys" -> KEYS;
            case "vault", "tiers" -> VAULT;
            case "packs" -> PACKS;
            case "log", "index" -> LOGS;
            case "snapshots" -> SNAPSHOTS;
            case "tombstones", "pins", "leases", "sweeps", "dropped", "zone" -> OWN;
            default -> DOCUMENTS;
        };
    }

    /**
     * Step after step; of the vault's document and the list of tiers the newest version first: it
     * alone belongs to the keys that are there now.
     */
    static final Comparator<ObjectName> COPYING =
            Comparator.comparing(SyncOrder::of)
                    .thenComparing((one, other) ->
                            of(one) == VAULT ? other.compareTo(one) : one.compareTo(other));

    /** Rotations that may overtake the copying of keys. */
    private static final int ROTATIONS_MAX = 5;

    /**
     * Copies the keys, again if a rotation overtakes it.
     *
     * <p>A rotation stores the new keys, then the vault's next document, and only then takes the
     * old keys away. So if the documents before the keys were listed are those after they were
     * copied, and no key went meanwhile, the newest document is opened by keys that were copied.
     *
     * @param copyKey copies a key; false if it is not there any more
     * @return the keys and the vault's documents
     */
    static List<StoredObject> whatOpens(ObjectStore from, Predicate<ObjectName> copyKey) {
        for (int i = 0; i < ROTATIONS_MAX; i++) {
            List<StoredObject> documents = from.listComplete(VAULT_DOCUMENTS);
            List<StoredObject> keys = from.listComplete("keys/");
            boolean all = true;
            for (StoredObject key : keys) {
                all &= copyKey.test(key.name());
            }
            if (all && documents.equals(from.listComplete(VAULT_DOCUMENTS))) {
                List<StoredObject> found = new ArrayList<>(keys);
                found.addAll(documents);
                return found;
            }
        }
        throw new Failure(
                Code.STORE_UNAVAILABLE,
                "the keys of " + from.location() + " changed while they were copied",
                "nothing is lost: they are copied again");
    }

    /**
     * The pins that a tier lacks of the snapshots it has: should it become the first one, what was
     * pinned is to be pinned there. They come behind their snapshots, since the tier's sweep takes
     * away pins of what is not there.
     */
    static List<ObjectName> pinsLacking(Set<ObjectName> source, Set<ObjectName> there) {
        Set<ObjectName> snapshots = new HashSet<>();
        there.stream()
                .filter(name -> of(name) == SNAPSHOTS)
                .forEach(name -> snapshots.add(Forms.own(name)));
        return source.stream()
                .filter(name -> !there.contains(name))
                .filter(name -> {
                    // archives/ARCHIVE/pins/SNAPSHOT/VERSION
                    String[] parts = name.text().split("/", -1);
                    return parts.length == 5
                            && parts[2].equals("pins")
                            && snapshots.contains(Burials.snapshot(parts[1], parts[3]));
                })
                .sorted()
                .toList();
    }

    /**
     * A stretch of log.
     *
     * @param stream the folder of its stream
     * @param from first byte, as hexadecimal digits that sort as the number does
     * @param to the byte after the last
     */
    record Piece(String stream, String from, String to) {
        /** The stretch that an object holds; empty if it is no piece of log. */
        static Optional<Piece> of(ObjectName name) {
            Matcher matcher = LOG.matcher(name.text());
            return matcher.matches()
                    ? Optional.of(new Piece(matcher.group(1), matcher.group(2), matcher.group(3)))
                    : Optional.empty();
        }

        /** Whether the other one holds all of this and more. */
        boolean isWithin(Piece other) {
            return !equals(other)
                    && stream.equals(other.stream)
                    && from.compareTo(other.from) >= 0
                    && to.compareTo(other.to) <= 0;
        }
    }
}
