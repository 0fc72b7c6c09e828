package org.pgkeep.engine.expire;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalScan;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.Tombstone;

/** Reads what there is of each server, has it decided, and tells the vault's sweep. */
public final class Expirer {
    /** The end of a timeline is read for its newest time in steps of so much, backwards. */
    private static final int STEP_BYTES = 4 << 20;

    private final Vault vault;
    private final Function<ServerDocument, RetentionPolicy> policies;
    private final Function<ServerId, Map<SnapshotId, String>> pinnedElsewhere;

    /**
     * Expires what is in one tier.
     *
     * @param policies how long that tier keeps a server's
     */
    public Expirer(Vault vault, Function<ServerDocument, RetentionPolicy> policies) {
        this(vault, policies, _ -> Map.of());
    }

    /**
     * Expires what is in one tier.
     *
     * @param policies how long that tier keeps a server's
     * @param pinnedElsewhere what stays because another tier has it pinned, and why it was
     */
    public Expirer(
            Vault vault,
            Function<ServerDocument, RetentionPolicy> policies,
            Function<ServerId, Map<SnapshotId, String>> pinnedElsewhere) {
        this.vault = vault;
        this.policies = policies;
        this.pinnedElsewhere = pinnedElsewhere;
    }

    /** The newest moment that the backups themselves prove to have passed. */
    public static Instant proven(Vault vault) {
        return ServerArchive.all(vault).stream()
                .flatMap(id -> new ServerArchive(vault, id).snapshots().stream())
                .map(SnapshotInfo::stoppedAt)
                .reduce((one, other) -> one.isAfter(other) ? one : other)
                .orElse(Instant.MAX);
    }

    /**
     * What stays of one server and what goes; empty where nobody knows how it is to be kept.
     *
     * @param passed the moment up to which time has certainly passed
     */
    public Optional<Expiry> expiry(ServerId id, Instant passed) {
        ServerArchive archive = new ServerArchive(vault, id);
        return archive.document()
                .map(document ->
                        Expiry.decide(facts(archive, document), policies.apply(document), passed));
    }

    /** What of all servers goes. */
    public SweepPlan plan(Instant passed) {
        List<Tombstone> burials = new ArrayList<>();
        List<SweepPlan.UnneededLog> logs = new ArrayList<>();
        for (ServerId id : ServerArchive.all(vault)) {
            Optional<Expiry> expiry = expiry(id, passed);
            if (expiry.isEmpty()) {
                continue;
            }
            for (Verdict verdict : expiry.get().verdicts()) {
                if (verdict instanceof Verdict.Expired expired) {
                    burials.add(
                            new Tombstone(
                                    id.archive(),
                                    Optional.of(expired.snapshot()),
                                    passed,
                                    false,
                                    expired.reason()));
                }
            }
            if (expiry.get().ends()) {
                burials.add(
                        new Tombstone(
                                id.archive(),
                                Optional.empty(),
                                passed,
                                false,
                                "the server was deleted, and its retention has ended"));
            }
            for (int stream : vault.archive(id.archive()).logStreams()) {
                for (Expiry.Span span : expiry.get().unneeded(new TimelineId(stream))) {
                    logs.add(
                            new SweepPlan.UnneededLog(
                                    id.archive(), stream, span.from().value(), span.to().value()));
                }
            }
        }
        return new SweepPlan(burials, logs);
    }

    // ---- facts

    private ArchiveFacts facts(ServerArchive archive, ServerDocument document) {
        Set<SnapshotId> ids = new TreeSet<>(archive.objects().snapshotIds());
        List<SnapshotInfo> snapshots =
                archive.snapshots().stream().filter(each -> ids.contains(each.id())).toList();
        WalArchive held = new WalArchive(archive.objects());
        Set<TimelineId> timelines = new TreeSet<>(held.timelines());
        snapshots.forEach(each -> timelines.add(each.timeline()));
        Map<TimelineId, TimelineHistory> histories = new HashMap<>();
        Map<TimelineId, List<WalArchive.Stretch>> stretches = new HashMap<>();
        for (TimelineId timeline : timelines) {
            archive.history(timeline).ifPresent(found -> histories.put(timeline, found));
            stretches.put(timeline, held.stretches(timeline));
        }
        // one that was deleted in between is not missed
        boolean whole =
                snapshots.size() == ids.size()
                        || archive.objects().snapshotIds().size() == snapshots.size();
        Map<SnapshotId, String> pinned = new HashMap<>(pinnedElsewhere.apply(document.id()));
        new Pins(vault, document.id().archive())
                .all()
                .forEach((snapshot, pin) -> pinned.put(snapshot, pin.why()));
        ArchiveFacts facts =
                new ArchiveFacts(
                        snapshots.stream().map(Expirer::start).toList(),
                        histories,
                        stretches,
                        Map.of(),
                        pinned,
                        document.deletedAt(),
                        whole && histories.size() == timelines.size());
        return withLastMoments(facts, held, document);
    }

    private static ArchiveFacts.Start start(SnapshotInfo info) {
        return new ArchiveFacts.Start(
                info.id(),
                info.name(),
                info.stoppedAt(),
                info.timeline(),
                info.startLsn(),
                info.stopLsn(),
                info.walSegmentBytes(),
                !info.damagedPages().isEmpty());
    }

    /**
     * Only timelines that are not written any more have a last moment, and few servers have one.
     */
    private static ArchiveFacts withLastMoments(
            ArchiveFacts facts, WalArchive held, ServerDocument document) {
        Map<TimelineId, Instant> last = new HashMap<>();
        for (TimelineHistory tip : facts.tips()) {
            if (!facts.newest().equals(Optional.of(tip.timeline()))) {
                newestTime(held, tip, document).ifPresent(at -> last.put(tip.timeline(), at));
            }
        }
        return new ArchiveFacts(
                facts.snapshots(),
                facts.histories(),
                facts.held(),
                last,
                facts.pinned(),
                facts.deletedAt(),
                facts.whole());
    }

    private static Optional<Instant> newestTime(
            WalArchive held, TimelineHistory history, ServerDocument document) {
        List<WalArchive.Stretch> stretches = held.stretches(history.timeline());
        if (stretches.isEmpty()) {
            return Optional.empty();
        }
        WalArchive.Stretch stretch = stretches.getLast();
        WalScan scan = new WalScan(held, document.walSegmentBytes(), document.version().major());
        Newest newest = new Newest();
        try {
            for (long step = STEP_BYTES; newest.time.isEmpty(); step *= 4) {
                boolean all = Long.compareUnsigned(stretch.to().minus(stretch.from()), step) <= 0;
                Lsn from =
                        all
                                ? stretch.from()
                                : new Lsn(stretch.to().value() - step).floor(STEP_BYTES);
                scan.scan(history, Lsn.max(from, stretch.from()), stretch.to(), newest);
                if (all) {
                    break;
                }
            }
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            // not known, so it stays
            return Optional.empty();
        }
        return newest.time;
    }

    private static final class Newest implements WalScan.Listener {
        private Optional<Instant> time = Optional.empty();

        @Override
        public void event(WalEvent event) {
            // what tells no time tells nothing here
            Optional<Instant> at = Optional.empty();
            if (event instanceof WalEvent.TransactionEnd end) {
                at = Optional.of(end.time());
            } else if (event instanceof WalEvent.Checkpoint checkpoint) {
                at = Optional.of(checkpoint.time());
            } else if (event instanceof WalEvent.RestorePoint point) {
                at = Optional.of(point.time());
            }
            if (at.isPresent() && (time.isEmpty() || at.get().isAfter(time.get()))) {
                time = at;
            }
        }
    }
}
