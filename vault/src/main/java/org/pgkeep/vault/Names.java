package org.pgkeep.vault;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** The names of all objects of a vault, both ways. What does not parse is foreign: passed over. */
public final class Names {
    static final String VAULT_PREFIX = "vault/";
    static final String TIERS_PREFIX = "tiers/";
    static final String KEYS_PREFIX = "keys/";

    /** Where packs stand. */
    public static final String PACKS_PREFIX = "packs/";

    /** Where archives stand. */
    public static final String ARCHIVES_PREFIX = "archives/";

    /** What was deleted in this place. */
    public static final String TOMBSTONES_PREFIX = "tombstones/";

    /** Who works in this place just now. */
    public static final String LEASES_PREFIX = "leases/";

    /** What the sweeps of this place saw. */
    public static final String SWEEPS_PREFIX = "sweeps/";

    /** What the sweeps of this place removed, for those who copy from elsewhere. */
    public static final String DROPPED_PREFIX = "dropped/";

    private static final String WHOLE_ARCHIVE = "archive";

    static final String JSON = ".json";

    private static final HexFormat HEX = HexFormat.of();

    /** Versions have eight digits. */
    static final int VERSION_MAX = 99_999_999;

    private static final int VERSION_DIGITS = 8;

    private Names() {}

    static ObjectName vaultDocument(int version) {
        return new ObjectName(VAULT_PREFIX + digits(version) + JSON);
    }

    static Optional<Integer> vaultVersion(ObjectName name) {
        return between(name, VAULT_PREFIX, JSON).flatMap(Names::version);
    }

    static ObjectName tiers(int version) {
        return new ObjectName(TIERS_PREFIX + digits(version) + JSON);
    }

    static Optional<Integer> tiersVersion(ObjectName name) {
        return between(name, TIERS_PREFIX, JSON).flatMap(Names::version);
    }

    static ObjectName key(UUID envelope) {
        return new ObjectName(KEYS_PREFIX + envelope + JSON);
    }

    static Optional<UUID> envelope(ObjectName name) {
        return between(name, KEYS_PREFIX, JSON).flatMap(Names::id);
    }

    /**
     * Whether an object is about the place it stands in: never copied to another tier, whose
     * retention and deletions are its own.
     */
    public static boolean isOfOnePlace(ObjectName name) {
        String text = name.text();
        return text.startsWith(TOMBSTONES_PREFIX)
                || text.startsWith(LEASES_PREFIX)
                || text.startsWith(SWEEPS_PREFIX)
                || text.startsWith(DROPPED_PREFIX);
    }

    /** A pack. */
    public static ObjectName pack(PackId pack) {
        String id = pack.toString();
        return new ObjectName(PACKS_PREFIX + id.substring(0, 2) + "/" + id);
    }

    /** The pack of that name. */
    public static Optional<PackId> packId(ObjectName name) {
        String text = name.text();
        return id(text.substring(text.lastIndexOf('/') + 1))
                .map(PackId::new)
                .filter(pack -> pack(pack).equals(name));
    }

    /** Where an archive's snapshots stand. */
    public static String snapshots(ArchiveId archive) {
        return ARCHIVES_PREFIX + archive + "/snapshots/";
    }

    /** A snapshot. */
    public static ObjectName snapshot(ArchiveId archive, SnapshotId snapshot) {
        return new ObjectName(snapshots(archive) + snapshot);
    }

    /** The snapshot of that name. */
    public static Optional<SnapshotId> snapshotId(ArchiveId archive, ObjectName name) {
        return between(name, snapshots(archive), "").flatMap(Names::id).map(SnapshotId::new);
    }

    static String documents(ArchiveId archive, String kind) {
        return ARCHIVES_PREFIX + archive + "/documents/" + kind + "/";
    }

    static ObjectName document(ArchiveId archive, String kind, int version) {
        return new ObjectName(documents(archive, kind) + digits(version));
    }

    static Optional<Integer> documentVersion(ArchiveId archive, String kind, ObjectName name) {
        return between(name, documents(archive, kind), "").flatMap(Names::version);
    }

    /** Where an archive's log stands. */
    public static String logs(ArchiveId archive) {
        return ARCHIVES_PREFIX + archive + "/log/";
    }

    static String logs(ArchiveId archive, int stream) {
        return logs(archive) + HEX.toHexDigits(stream) + "/";
    }

    /** A piece of log. */
    public static ObjectName log(ArchiveId archive, LogRange range) {
        return new ObjectName(
                logs(archive, range.stream())
                        + HEX.toHexDigits(range.from())
                        + "-"
                        + HEX.toHexDigits(range.to()));
    }

    static Optional<LogRange> logRange(ArchiveId archive, int stream, ObjectName name) {
        return between(name, logs(archive, stream), "")
                .filter(text -> text.length() == 33 && text.charAt(16) == '-')
                .flatMap(text -> logRange(stream, text))
                .filter(range -> log(archive, range).equals(name));
    }

    static String indexes(ArchiveId archive, int stream) {
        return ARCHIVES_PREFIX + archive + "/index/" + HEX.toHexDigits(stream) + "/";
    }

    static ObjectName index(ArchiveId archive, IndexRange range) {
        return new ObjectName(
                indexes(archive, range.stream())
                        + HEX.toHexDigits(range.from())
                        + "-"
                        + HEX.toHexDigits(range.to()));
    }

    static Optional<IndexRange> indexRange(ArchiveId archive, int stream, ObjectName name) {
        return between(name, indexes(archive, stream), "")
                .filter(text -> text.length() == 33 && text.charAt(16) == '-')
                .flatMap(text -> indexRange(stream, text))
                .filter(range -> index(archive, range).equals(name));
    }

    private static Optional<IndexRange> indexRange(int stream, String text) {
        try {
            return Optional.of(
                    new IndexRange(
                            stream,
                            HexFormat.fromHexDigitsToLong(text, 0, 16),
                            HexFormat.fromHexDigitsToLong(text, 17, 33)));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** The stream that a folder of an archive's log is named after. */
    public static Optional<Integer> logStream(String folder) {
        if (folder.length() != 8 || !folder.chars().allMatch(HexFormat::isHexDigit)) {
            return Optional.empty();
        }
        int stream = HexFormat.fromHexDigits(folder);
        return Optional.of(stream).filter(s -> HEX.toHexDigits((int) s).equals(folder));
    }

    /** Where everything of an archive stands. */
    public static String archive(ArchiveId archive) {
        return ARCHIVES_PREFIX + archive + "/";
    }

    /** Where an archive's tombstones stand. */
    public static String tombstones(ArchiveId archive) {
        return TOMBSTONES_PREFIX + archive + "/";
    }

    /** What says that a snapshot is deleted. */
    public static ObjectName tombstone(ArchiveId archive, SnapshotId snapshot) {
        return new ObjectName(tombstones(archive) + snapshot);
    }

    /** What says that a whole archive is deleted. */
    public static ObjectName tombstone(ArchiveId archive) {
        return new ObjectName(tombstones(archive) + WHOLE_ARCHIVE);
    }

    /** The tombstone of the whole archive whose tombstones stand there. */
    public static ObjectName wholeArchive(String tombstones) {
        return new ObjectName(tombstones + WHOLE_ARCHIVE);
    }

    /** Whether a tombstone is a whole archive's. */
    public static boolean buriesArchive(ObjectName tombstone) {
        return tombstone.text().endsWith("/" + WHOLE_ARCHIVE);
    }

    /** Where the pins of an archive's snapshots stand. */
    public static String pins(ArchiveId archive) {
        return archive(archive) + "pins/";
    }

    /** A word on whether a snapshot is pinned; the highest version counts. */
    public static ObjectName pin(ArchiveId archive, SnapshotId snapshot, int version) {
        return new ObjectName(pins(archive) + snapshot + "/" + digits(version));
    }

    /** A sign of life of whoever works here; the highest number counts. */
    public static ObjectName lease(UUID lease, int number) {
        return new ObjectName(LEASES_PREFIX + lease + "/" + digits(number));
    }

    /** What a sweep saw. */
    public static ObjectName sweep(int number) {
        return new ObjectName(SWEEPS_PREFIX + digits(number));
    }

    /** A list of names that a sweep removes. */
    public static ObjectName dropped(UUID list) {
        return new ObjectName(DROPPED_PREFIX + list);
    }

    /** The number that a name ends with; empty where it ends with none. */
    public static Optional<Integer> number(ObjectName name) {
        String text = name.text();
        return version(text.substring(text.lastIndexOf('/') + 1));
    }

    /** The id that the text is. */
    public static Optional<UUID> id(String text) {
        try {
            return Optional.of(Uuids.parse(text));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    private static Optional<LogRange> logRange(int stream, String text) {
        try {
            return Optional.of(
                    new LogRange(
                            stream,
                            HexFormat.fromHexDigitsToLong(text, 0, 16),
                            HexFormat.fromHexDigitsToLong(text, 17, 33)));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    private static Optional<String> between(ObjectName name, String prefix, String suffix) {
        String text = name.text();
        boolean fits =
                text.startsWith(prefix)
                        && text.endsWith(suffix)
                        && text.length() >= prefix.length() + suffix.length();
        return fits
                ? Optional.of(text.substring(prefix.length(), text.length() - suffix.length()))
                : Optional.empty();
    }

    private static Optional<Integer> version(String text) {
        boolean fits =
                text.length() == VERSION_DIGITS
                        && text.chars().allMatch(c -> c >= '0' && c <= '9')
                        && !text.equals("00000000");
        return fits ? Optional.of(Integer.valueOf(text)) : Optional.empty();
    }

    private static String digits(int version) {
        String text = Integer.toString(version);
        if (version < 1 || text.length() > VERSION_DIGITS) {
            throw new IllegalArgumentException("no version: " + version);
        }
        return "0".repeat(VERSION_DIGITS - text.length()) + text;
    }
}
