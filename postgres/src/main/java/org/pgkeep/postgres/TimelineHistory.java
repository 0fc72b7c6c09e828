package org.pgkeep.postgres;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ancestors of a timeline, oldest first, as its history file tells them (timeline.c). Timelines
 * are a tree: the parent of 5 may be 2.
 *
 * @param timeline the timeline whose history it is
 * @param ancestors what came before it, each with the position where its child left it
 */
public record TimelineHistory(TimelineId timeline, List<Ancestor> ancestors) {
    /**
     * One ancestor.
     *
     * @param timeline its number
     * @param switchPoint the position at which its child left it
     * @param reason PostgreSQL's words, such as {@code no recovery target specified}
     */
    public record Ancestor(TimelineId timeline, Lsn switchPoint, String reason) {}

    public TimelineHistory {
        ancestors = List.copyOf(ancestors);
    }

    /** The history of a timeline that has no ancestors. */
    public static TimelineHistory ofFirst() {
        return new TimelineHistory(TimelineId.FIRST, List.of());
    }

    /**
     * Reads a history file. Comments and empty lines are passed over.
     *
     * @throws IllegalArgumentException if a line is not one of a history file
     */
    public static TimelineHistory parse(TimelineId timeline, byte[] file) {
        List<Ancestor> ancestors = new ArrayList<>();
        for (String line : new String(file, StandardCharsets.UTF_8).split("\n", -1)) {
            if (line.isBlank() || line.strip().startsWith("#")) {
                continue;
            }
            String[] words = line.strip().split("\\s+", 3);
            if (words.length < 2) {
                throw new IllegalArgumentException("not a line of a history file: " + line);
            }
            ancestors.add(
                    new Ancestor(
                            TimelineId.parse(words[0]),
                            Lsn.parse(words[1]),
                            words.length > 2 ? words[2] : ""));
        }
        return new TimelineHistory(timeline, ancestors);
    }

    /** The text of the history file, as PostgreSQL writes it. */
    public byte[] file() {
        StringBuilder text = new StringBuilder();
        for (Ancestor ancestor : ancestors) {
            text.append(ancestor.timeline())
                    .append('\t')
                    .append(ancestor.switchPoint())
                    .append('\t')
                    .append(ancestor.reason())
                    .append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Where this history left the given timeline; empty if it never left it or was never on it. */
    public Optional<Lsn> switchPointOf(TimelineId ancestor) {
        return ancestors.stream()
                .filter(each -> each.timeline().equals(ancestor))
                .map(Ancestor::switchPoint)
                .findFirst();
    }

    /** The timeline that wrote the byte at {@code lsn} in this history. */
    public TimelineId timelineAt(Lsn lsn) {
        for (Ancestor ancestor : ancestors) {
            if (lsn.isBefore(ancestor.switchPoint())) {
                return ancestor.timeline();
            }
        }
        return timeline;
    }
}
