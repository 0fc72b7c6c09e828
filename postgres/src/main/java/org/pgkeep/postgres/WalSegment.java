package org.pgkeep.postgres;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One WAL segment of a timeline. The naming is PostgreSQL's {@code XLogFileName} (xlog_internal.h).
 *
 * @param timeline the timeline whose number is in the file name
 * @param number how many segments of this size come before it
 * @param segmentBytes the cluster's segment size, a power of two from 1 MiB to 1 GiB
 */
public record WalSegment(TimelineId timeline, long number, int segmentBytes) {
    private static final Pattern NAME = Pattern.compile("[0-9A-F]{24}");

    public WalSegment {
        if (number < 0) {
            throw new IllegalArgumentException("not a segment number: " + number);
        }
        if (Integer.bitCount(segmentBytes) != 1
                || segmentBytes < 1 << 20
                || segmentBytes > 1 << 30) {
            throw new IllegalArgumentException("not a WAL segment size: " + segmentBytes);
        }
    }

    /** The segment that holds the byte at {@code lsn}. */
    public static WalSegment containing(TimelineId timeline, Lsn lsn, int segmentBytes) {
        return new WalSegment(
                timeline, Long.divideUnsigned(lsn.value(), segmentBytes), segmentBytes);
    }

    /** Reads a file name of 24 hexadecimal digits; empty if it is not a segment's name. */
    public static Optional<WalSegment> parse(String fileName, int segmentBytes) {
        if (!NAME.matcher(fileName).matches()) {
            return Optional.empty();
        }
        int timeline = HexFormat.fromHexDigits(fileName, 0, 8);
        long high = HexFormat.fromHexDigitsToLong(fileName, 8, 16);
        long low = HexFormat.fromHexDigitsToLong(fileName, 16, 24);
        long perId = segmentsPerId(segmentBytes);
        if (timeline < 1 || low >= perId) {
            return Optional.empty();
        }
        return Optional.of(
                new WalSegment(new TimelineId(timeline), high * perId + low, segmentBytes));
    }

    /** The name of the segment's file in {@code pg_wal}. */
    public String fileName() {
        HexFormat hex = HexFormat.of().withUpperCase();
        long perId = segmentsPerId(segmentBytes);
        return hex.toHexDigits(timeline.value())
                + hex.toHexDigits(number / perId, 8)
                + hex.toHexDigits(number % perId, 8);
    }

    /** The position of its first byte. */
    public Lsn start() {
        return new Lsn(number * segmentBytes);
    }

    /** The position behind its last byte. */
    public Lsn end() {
        return start().plus(segmentBytes);
    }

    /** The segment behind this one on the same timeline. */
    public WalSegment next() {
        return new WalSegment(timeline, number + 1, segmentBytes);
    }

    private static long segmentsPerId(int segmentBytes) {
        return 0x1_0000_0000L / segmentBytes;
    }
}
