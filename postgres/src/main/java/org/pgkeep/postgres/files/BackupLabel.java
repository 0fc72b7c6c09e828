package org.pgkeep.postgres.files;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * What a {@code backup_label} says (xlogbackup.c; the same from 13 to 18).
 *
 * @param startLsn where replay has to begin
 * @param startWalFile the name of the segment that holds it
 * @param checkpointLsn where the checkpoint's record stands
 * @param startTimeline the timeline the backup was begun on
 * @param label the words given to {@code pg_backup_start}
 */
public record BackupLabel(
        Lsn startLsn,
        String startWalFile,
        Lsn checkpointLsn,
        TimelineId startTimeline,
        String label) {
    private static final String POSITION = "([0-9A-F]{1,8}/[0-9A-F]{1,8})";
    private static final Pattern START =
            Pattern.compile("(?m)^START WAL LOCATION: " + POSITION + " \\(file ([0-9A-F]{24})\\)$");
    private static final Pattern CHECKPOINT =
            Pattern.compile("(?m)^CHECKPOINT LOCATION: " + POSITION + "$");
    private static final Pattern TIMELINE = Pattern.compile("(?m)^START TIMELINE: (\\d{1,9})$");
    private static final Pattern LABEL = Pattern.compile("(?m)^LABEL: (.*)$");

    /**
     * Reads the text that {@code pg_backup_stop} returned.
     *
     * @throws Failure DAMAGED_DATA if a line is missing or wrong
     */
    public static BackupLabel parse(String text) {
        Matcher start = find(START, text);
        return new BackupLabel(
                Lsn.parse(start.group(1)),
                start.group(2),
                Lsn.parse(find(CHECKPOINT, text).group(1)),
                TimelineId.parse(find(TIMELINE, text).group(1)),
                find(LABEL, text).group(1));
    }

    private static Matcher find(Pattern line, String text) {
        Matcher found = line.matcher(text);
        if (!found.find()) {
            throw new Failure(
                    Code.DAMAGED_DATA,
                    "the backup label has no line of the form " + line.pattern(),
                    "take a new backup; the label has to be stored as PostgreSQL returned it");
        }
        return found;
    }
}
