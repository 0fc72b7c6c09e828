package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a sweep removed, or would.
 *
 * @param dryRun whether nothing was touched
 * @param passed the moment up to which time is believed to have passed
 * @param buried what was deleted before the look
 * @param items everything that nothing needs: what went and what waits
 * @param more whether there is more than fits into one sweep
 * @param lockedUntil until when the place keeps what is needed, at least; empty where it has no
 *     locks
 * @param troubles what is wrong with what is needed; while there is any, no pack goes
 */
public record SweepReport(
        boolean dryRun,
        Instant passed,
        List<Tombstone> buried,
        List<SweepItem> items,
        boolean more,
        Optional<Instant> lockedUntil,
        List<String> troubles) {
    public SweepReport {
        buried = List.copyOf(buried);
        items = List.copyOf(items);
        troubles = List.copyOf(troubles);
    }

    /** The bytes that went, or would go. */
    public long freedBytes() {
        return items.stream().filter(SweepItem::goes).mapToLong(SweepItem::bytes).sum();
    }

    /** The bytes that wait. */
    public long waitingBytes() {
        return items.stream().filter(item -> !item.goes()).mapToLong(SweepItem::bytes).sum();
    }
}
