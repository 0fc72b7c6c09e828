package org.pgkeep.vault.sync;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.vault.ObjectName;

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
    /** What is each tier's own: deletions, leases, marks of stores. Never copied. */
    OWN;

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
