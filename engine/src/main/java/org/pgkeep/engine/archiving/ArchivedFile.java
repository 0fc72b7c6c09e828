package org.pgkeep.engine.archiving;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;

/** What PostgreSQL hands to {@code archive_command}, by its name (xlog_internal.h). */
sealed interface ArchivedFile {
    /** A whole segment. */
    record Segment(WalSegment segment) implements ArchivedFile {}

    /** The last segment of a timeline that a promotion left, as far as it was written. */
    record PartialSegment(WalSegment segment) implements ArchivedFile {}

    /** The history of a timeline. */
    record History(TimelineId timeline) implements ArchivedFile {}

    /** What is noted of a base backup when it ends; people read it, recovery does not. */
    record BackupHistory(WalSegment segment, int offset) implements ArchivedFile {
        /** The kind of the vault's document that holds it: at most 32 letters. */
        String documentKind() {
            HexFormat hex = HexFormat.of();
            return "b"
                    + hex.toHexDigits(segment.number())
                    + hex.toHexDigits(offset)
                    + Integer.toHexString(segment.timeline().value());
        }
    }

    /** {@code 00000002.history}. */
    Pattern HISTORY = Pattern.compile("([0-9A-F]{8})\\.history");

    /** A segment's name, the offset of the backup's start in it, and a word. */
    Pattern BACKUP = Pattern.compile("([0-9A-F]{24})\\.([0-9A-F]{8})\\.backup");

    /** What promotions rename a segment to. */
    String PARTIAL = ".partial";

    /**
     * Reads a name.
     *
     * @throws Failure BAD_ARGUMENT if PostgreSQL has no such file
     */
    static ArchivedFile of(String name, int segmentBytes) {
        return parse(name, segmentBytes)
                .orElseThrow(() ->
                        new Failure(
                                Code.BAD_ARGUMENT,
                                "\"" + name + "\" is not the name of a WAL file of this server",
                                "PostgreSQL fills in the names: archive_command = 'pgkeep wal push"
                                        + " %p -n NAME', restore_command = 'pgkeep wal fetch %f %p"
                                        + " -n NAME'"));
    }

    private static Optional<ArchivedFile> parse(String name, int segmentBytes) {
        Matcher history = HISTORY.matcher(name);
        if (history.matches()) {
            int timeline = HexFormat.fromHexDigits(history.group(1));
            return timeline > 0
                    ? Optional.of(new History(new TimelineId(timeline)))
                    : Optional.empty();
        }
        Matcher backup = BACKUP.matcher(name);
        if (backup.matches()) {
            int offset = HexFormat.fromHexDigits(backup.group(2));
            return WalSegment.parse(backup.group(1), segmentBytes)
                    .map(segment -> new BackupHistory(segment, offset));
        }
        if (name.endsWith(PARTIAL)) {
            return WalSegment.parse(
                            name.substring(0, name.length() - PARTIAL.length()), segmentBytes)
                    .map(PartialSegment::new);
        }
        return WalSegment.parse(name, segmentBytes).map(Segment::new);
    }
}
