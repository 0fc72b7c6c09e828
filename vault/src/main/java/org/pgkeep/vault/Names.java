package org.pgkeep.vault;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** The names of all objects of a vault, both ways. What does not parse is foreign: passed over. */
final class Names {
    static final String VAULT_PREFIX = "vault/";
    static final String TIERS_PREFIX = "tiers/";
    static final String KEYS_PREFIX = "keys/";
    static final String PACKS_PREFIX = "packs/";
    static final String ARCHIVES_PREFIX = "archives/";
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

    static ObjectName pack(PackId pack) {
        String id = pack.toString();
        return new ObjectName(PACKS_PREFIX + id.substring(0, 2) + "/" + id);
    }

    static Optional<PackId> packId(ObjectName name) {
        String text = name.text();
        return id(text.substring(text.lastIndexOf('/') + 1))
                .map(PackId::new)
                .filter(pack -> pack(pack).equals(name));
    }

    static String snapshots(ArchiveId archive) {
        return ARCHIVES_PREFIX + archive + "/snapshots/";
    }

    static ObjectName snapshot(ArchiveId archive, SnapshotId snapshot) {
        return new ObjectName(snapshots(archive) + snapshot);
    }

    static Optional<SnapshotId> snapshotId(ArchiveId archive, ObjectName name) {
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

    static String logs(ArchiveId archive) {
        return ARCHIVES_PREFIX + archive + "/log/";
    }

    static String logs(ArchiveId archive, int stream) {
        return logs(archive) + HEX.toHexDigits(stream) + "/";
    }

    static ObjectName log(ArchiveId archive, LogRange range) {
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

    static Optional<Integer> logStream(String folder) {
        if (folder.length() != 8 || !folder.chars().allMatch(HexFormat::isHexDigit)) {
            return Optional.empty();
        }
        int stream = HexFormat.fromHexDigits(folder);
        return Optional.of(stream).filter(s -> HEX.toHexDigits((int) s).equals(folder));
    }

    static Optional<UUID> id(String text) {
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
