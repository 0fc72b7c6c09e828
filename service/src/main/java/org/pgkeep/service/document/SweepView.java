package org.pgkeep.service.document;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.vault.sweep.SweepItem;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.Tombstone;

/**
 * What a sweep removed, or would.
 *
 * @param dryRun whether nothing was touched
 * @param freedBytes the bytes that went, or would go now, in all tiers that were swept
 * @param waitingBytes the bytes that nothing needs and that wait
 * @param tiers what was found in each tier
 */
public record SweepView(boolean dryRun, long freedBytes, long waitingBytes, List<Tier> tiers) {
    /** The tiers together. */
    public static SweepView of(boolean dryRun, List<Tier> tiers) {
        return new SweepView(
                dryRun,
                tiers.stream().mapToLong(Tier::freedBytes).sum(),
                tiers.stream().mapToLong(Tier::waitingBytes).sum(),
                tiers);
    }

    public SweepView {
        tiers = List.copyOf(tiers);
    }

    /**
     * A tier.
     *
     * @param tier the tier's number
     * @param timePassed the moment up to which the sweep believes that time has passed; empty where
     *     the tier could not be swept
     * @param freedBytes the bytes that went, or would go now
     * @param waitingBytes the bytes that nothing needs and that wait
     * @param lockedUntil until when the place keeps what is needed; empty where it has no locks
     * @param freed what went, by kind and reason
     * @param waiting what waits, by kind, reason and what it waits for
     * @param expired backups that were deleted because nothing needs them any more
     * @param troubles what is wrong with what is needed, or why the tier could not be swept
     */
    public record Tier(
            int tier,
            Optional<Instant> timePassed,
            long freedBytes,
            long waitingBytes,
            Optional<Instant> lockedUntil,
            List<Line> freed,
            List<Line> waiting,
            List<Expired> expired,
            List<String> troubles) {
        /** A tier that could not be swept now. */
        public static Tier unswept(int tier, String why) {
            return new Tier(
                    tier,
                    Optional.empty(),
                    0,
                    0,
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(why));
        }

        /** A report of a tier. */
        public static Tier of(int tier, SweepReport report) {
            return new Tier(
                    tier,
                    Optional.of(report.passed()),
                    report.freedBytes(),
                    report.waitingBytes(),
                    report.lockedUntil(),
                    lines(report.items().stream().filter(SweepItem::goes).toList()),
                    lines(report.items().stream().filter(item -> !item.goes()).toList()),
                    report.buried().stream().map(Expired::of).toList(),
                    report.troubles());
        }
    }

    /**
     * Objects of a kind.
     *
     * @param kind {@code pack}, {@code log}, {@code index}, {@code snapshot}, {@code document},
     *     {@code tombstone}
     * @param reason why nothing needs them
     * @param waitsFor what they wait for; empty where they go
     * @param until when the last of them may go, as far as that is known
     * @param objects how many
     * @param bytes how large
     */
    public record Line(
            String kind,
            String reason,
            String waitsFor,
            Optional<Instant> until,
            long objects,
            long bytes) {
        private Line plus(SweepItem item) {
            Optional<Instant> later =
                    item.until().filter(at -> until.isEmpty() || at.isAfter(until.get()));
            return new Line(
                    kind,
                    reason,
                    waitsFor,
                    later.or(() -> until),
                    objects + 1,
                    bytes + item.bytes());
        }
    }

    /**
     * A backup, or all of a server.
     *
     * @param server the server's id
     * @param backup the backup's id; empty where all of the server goes
     * @param reason why
     */
    public record Expired(String server, Optional<String> backup, String reason) {
        private static Expired of(Tombstone tombstone) {
            return new Expired(
                    tombstone.archive().toString(),
                    tombstone.snapshot().map(Object::toString),
                    tombstone.reason());
        }
    }

    private static List<Line> lines(List<SweepItem> items) {
        Map<String, Line> lines = new LinkedHashMap<>();
        for (SweepItem item : items) {
            String kind = item.kind().name().toLowerCase(Locale.ROOT);
            String reason = item.why().text();
            String waits = item.waits().orElse("");
            Line none = new Line(kind, reason, waits, Optional.empty(), 0, 0);
            lines.merge(
                    kind + "|" + reason + "|" + waits,
                    none.plus(item),
                    (line, _) -> line.plus(item));
        }
        return new ArrayList<>(lines.values());
    }
}
