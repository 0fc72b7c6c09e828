package org.pgkeep.engine.archiving;

import java.util.OptionalLong;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wal.WalReader;

/**
 * Whether a file is the segment that its name says, whole and undamaged: every page header with
 * position, timeline and system identifier, every record's CRC. One segment, fed in order.
 */
final class SegmentCheck {
    private static final int TIMELINE_OFFSET = 4;

    private final WalSegment segment;
    private final TimelineHistory history;
    private final WalPages pages;
    private final WalReader reader;
    private Lsn fed;

    SegmentCheck(WalSegment segment, TimelineHistory history, long systemIdentifier) {
        this.segment = segment;
        this.history = history;
        this.pages = new WalPages(segment.segmentBytes(), OptionalLong.of(systemIdentifier));
        this.reader = new WalReader(segment.start(), segment.segmentBytes());
        this.fed = segment.start();
    }

    /**
     * Takes the next bytes, whole pages.
     *
     * @throws Failure DAMAGED_WAL
     */
    void feed(byte[] bytes, int length) {
        pages.check(segment.timeline(), fed, bytes, 0, length)
                .ifPresent(wrong -> {
                    throw damaged(wrong);
                });
        refuseOtherTimelines(bytes, length);
        reader.feed(bytes, 0, length, _ -> {});
        reader.broken()
                .ifPresent(wrong -> {
                    throw damaged(wrong);
                });
        if (reader.state() == WalReader.State.ENDED) {
            throw damaged("its WAL ends at " + reader.end() + ", in the middle of the segment");
        }
        fed = fed.plus(length);
    }

    /** A page belongs to the timeline that wrote its first byte. */
    private void refuseOtherTimelines(byte[] bytes, int length) {
        for (int page = 0; page < length; page += WalPages.PAGE_BYTES) {
            int timeline =
                    (bytes[page + TIMELINE_OFFSET] & 0xff)
                            | (bytes[page + TIMELINE_OFFSET + 1] & 0xff) << 8
                            | (bytes[page + TIMELINE_OFFSET + 2] & 0xff) << 16
                            | (bytes[page + TIMELINE_OFFSET + 3] & 0xff) << 24;
            TimelineId expected = history.timelineAt(fed.plus(page));
            if (timeline != 0 && timeline != expected.value()) {
                throw damaged(
                        "its page at "
                                + fed.plus(page)
                                + " is of timeline "
                                + timeline
                                + " where timeline "
                                + expected
                                + " should be");
            }
        }
    }

    private Failure damaged(String wrong) {
        return new Failure(
                Code.DAMAGED_WAL,
                segment.fileName() + " is not taken: " + wrong,
                "is it this server's, and whole? the server keeps it meanwhile; a new backup makes"
                        + " later moments restorable");
    }
}
