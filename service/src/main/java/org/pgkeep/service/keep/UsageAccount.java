package org.pgkeep.service.keep;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.service.document.UsageView;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.sweep.Census;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.Usage;

/**
 * Who takes how much, what it costs, and where that leads.
 *
 * <p>The forecast is the size the archive will have when its recovery window is full: the first
 * backup that is held, and for each day of the window (and the day before it, which the oldest
 * backup reaches back to) what the later backups stored and what WAL was held a day, measured over
 * the time from the first backup that is held to the newest moment. Less than a day of measurement
 * is scaled up, and says so.
 */
public final class UsageAccount {
    private static final Duration MEASURED_MIN = Duration.ofMinutes(10);
    private static final double DAY_SECONDS = 86_400;
    private static final long MEGABYTE = 1L << 20;

    private final Supplier<Prices> prices;

    /** An account of what is in a tier, one at a time. */
    public UsageAccount(Supplier<Prices> prices) {
        this.prices = prices;
    }

    /**
     * One row per server, and one for what belongs to none.
     *
     * @param price the tier's own of a GB in a month; empty for the price list's
     */
    public List<UsageView> rows(Retention retention, Optional<BigDecimal> price) {
        int tier = retention.tier();
        Prices list =
                price.map(own -> prices.get().with(tier, own.doubleValue())).orElseGet(prices);
        Usage usage = Census.count(retention.vault(), retention.plan(), SweepListener.SILENT);
        List<UsageView> rows = new ArrayList<>();
        Usage.Bytes ownerless = usage.vault();
        for (Map.Entry<ArchiveId, Usage.Bytes> each : usage.archives().entrySet()) {
            ServerArchive archive =
                    new ServerArchive(retention.vault(), new ServerId(each.getKey().value()));
            Optional<ServerDocument> document = archive.document();
            if (document.isPresent()) {
                rows.add(row(retention, archive, document.get(), each.getValue(), list));
            } else {
                ownerless = ownerless.plus(each.getValue());
            }
        }
        rows.add(
                new UsageView(
                        "",
                        "(vault)",
                        "",
                        false,
                        tier,
                        ownerless.snapshots(),
                        ownerless.wal(),
                        ownerless.maps(),
                        ownerless.pendingDeletion(),
                        ownerless.total(),
                        0,
                        list.of(tier, ownerless.total()),
                        list.currency(),
                        Optional.empty(),
                        ""));
        return rows;
    }

    private static UsageView row(
            Retention retention,
            ServerArchive archive,
            ServerDocument document,
            Usage.Bytes bytes,
            Prices list) {
        int tier = retention.tier();
        List<SnapshotInfo> snapshots = archive.snapshots();
        long free = tier == 1 ? provisioned(document, snapshots) : 0;
        return new UsageView(
                document.id().toString(),
                document.name(),
                document.namespace(),
                document.deletedAt().isPresent(),
                tier,
                bytes.snapshots(),
                bytes.wal(),
                bytes.maps(),
                bytes.pendingDeletion(),
                bytes.total(),
                free,
                list.of(tier, bytes.total() - free),
                list.currency(),
                document.deletedAt().isPresent()
                        ? Optional.empty()
                        : forecast(retention, document, snapshots, bytes, free, list),
                "");
    }

    /** What the server was given; where nobody said, what it has. */
    private static long provisioned(ServerDocument document, List<SnapshotInfo> snapshots) {
        String given = document.settings().get("dataSizeMb");
        if (given != null) {
            return Long.parseLong(given) * MEGABYTE;
        }
        return snapshots.isEmpty() ? 0 : snapshots.getLast().figures().sizeBytes();
    }

    private static Optional<UsageView.Forecast> forecast(
            Retention retention,
            ServerDocument document,
            List<SnapshotInfo> snapshots,
            Usage.Bytes bytes,
            long free,
            Prices list) {
        int tier = retention.tier();
        if (snapshots.isEmpty()) {
            return Optional.empty();
        }
        Instant first = snapshots.getFirst().startedAt();
        Duration measured = Duration.between(first, retention.clock().instant());
        if (measured.compareTo(MEASURED_MIN) < 0) {
            measured = MEASURED_MIN;
        }
        double days = measured.toSeconds() / DAY_SECONDS;
        long later =
                snapshots.stream()
                        .skip(1)
                        .mapToLong(snapshot -> snapshot.figures().storedBytes())
                        .sum();
        double kept = retention.policy(document).window().toDays() + 1.0;
        double stored = bytes.snapshots() + bytes.maps();
        long total =
                Math.round(
                        Math.max(0, stored - later)
                                + later / days * kept
                                + bytes.wal() / days * kept);
        return Optional.of(
                new UsageView.Forecast(
                        total,
                        list.of(tier, total - free),
                        Math.round(later / days),
                        Math.round(bytes.wal() / days),
                        "measured over "
                                + Math.round(days * 24 * 10) / 10.0
                                + " hours; full after "
                                + Math.round(kept)
                                + " days"
                                + (days < 1 ? "; less than a day was measured" : "")));
    }
}
