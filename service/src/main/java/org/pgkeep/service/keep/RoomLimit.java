package org.pgkeep.service.keep;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * How much room a server's backups may take in a tier. When they take more, the window shrinks, by
 * whole days and no further than its least: {@code retentionMin} is a promise, the room is none.
 */
final class RoomLimit {
    /** The setting: a number of MB for each tier, in their order. */
    static final String BACKUP_SIZES_MB = "backupSizesMb";

    private RoomLimit() {}

    /** The limit in a tier; empty where the server's settings tell none. */
    static OptionalLong of(Map<String, String> settings, int tier) {
        String[] sizes = settings.getOrDefault(BACKUP_SIZES_MB, "").split(",", -1);
        return tier <= sizes.length && sizes[tier - 1].matches("\\d{1,9}")
                ? OptionalLong.of(Long.parseLong(sizes[tier - 1]) << 20)
                : OptionalLong.empty();
    }

    /**
     * The longest window that fits, or the least.
     *
     * @param neededBytes what a window needs; asked of some five windows, since each costs a
     *     listing
     */
    static Duration fit(
            Duration least, Duration most, long bytesMax, ToLongFunction<Duration> neededBytes) {
        if (neededBytes.applyAsLong(most) <= bytesMax) {
            return most;
        }
        long fits = least.toDays();
        long tooLong = most.toDays();
        while (tooLong - fits > 1) {
            long middle = (fits + tooLong) / 2;
            if (neededBytes.applyAsLong(Duration.ofDays(middle)) <= bytesMax) {
                fits = middle;
            } else {
                tooLong = middle;
            }
        }
        Duration found = Duration.ofDays(fits);
        return found.compareTo(least) < 0 ? least : found;
    }
}
