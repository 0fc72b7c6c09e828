package org.pgkeep.engine.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.slot.Slot;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.postgres.wire.SystemIdentity;
import org.pgkeep.postgres.wire.WireConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides where a capture goes on: behind what the spool holds, at the start of that segment (so
 * that the spool has whole segments, and what is held is compared with what the server has now);
 * where the spool is empty, behind what the vault holds; where nothing is held, where the slot
 * begins. The vault is asked only then, and when the server has no more what comes next: without a
 * vault the capture goes on spooling. Owned by the receiver's thread, but for {@link #refetch}.
 */
final class CaptureStart {
    /** The spool is read in pieces of so much. */
    private static final int PIECE_BYTES = 1 << 20;

    /**
     * With less than this to compare, the segment before is asked for too: a server that was set
     * back and wrote other WAL up to there would not be noticed. A segment begins with a page
     * header of 40 bytes that all have in common; behind it come records, whose times, transactions
     * and checksums no other WAL shares.
     */
    static final int OVERLAP_BYTES_MIN = 256;

    private static final Logger LOG = LoggerFactory.getLogger(CaptureStart.class);

    private final ProtectedServer server;
    private final Spool spool;
    private final WalArchive held;
    private final int segmentBytes;
    private final long systemIdentifier;
    private final Slot slot;

    /** What the vault was found to hold; asked where the spool can't tell. */
    private final Map<TimelineId, Lsn> vaultEnds = new HashMap<>();

    private boolean vaultAsked;
    private Optional<Resumption> behindHole = Optional.empty();

    /** Where the server had no more the segment before, so that there is nothing to compare. */
    private Optional<Lsn> withoutOverlap = Optional.empty();

    private volatile Optional<Gap> wanted = Optional.empty();

    /** Where a hole ends; the timeline is that of the server's history there. */
    private record Resumption(Lsn at) {}

    /** WAL that got lost on the way, and that the server may still have. */
    private record Gap(TimelineId timeline, Lsn from, Lsn to) {}

    /**
     * Where to go on.
     *
     * @param timeline on which timeline
     * @param from the start of a segment
     * @param end of what is held there already: what comes next is new
     * @param whole the spool has whole records from there up to here, durably
     * @param oldest the start of the oldest segment the spool has before {@code from} without a gap
     * @param why what decided
     */
    record Position(TimelineId timeline, Lsn from, Lsn end, Lsn whole, Lsn oldest, Why why) {}

    /** Why a capture goes on where it does. */
    enum Why {
        /** The next byte behind what is held. */
        NEXT,
        /** The same, but the segment before is asked for too, to compare. */
        OVERLAP,
        /** Something was lost on the way, and is asked for again. */
        REFETCH,
        /** The server has nothing before it. */
        BEHIND_HOLE
    }

    CaptureStart(
            ProtectedServer server,
            ServerArchive archive,
            Spool spool,
            int segmentBytes,
            long systemIdentifier) {
        this.server = server;
        this.spool = spool;
        this.held = new WalArchive(archive.objects());
        this.segmentBytes = segmentBytes;
        this.systemIdentifier = systemIdentifier;
        this.slot = new Slot(server);
    }

    /** The server's replication slot. */
    Slot slot() {
        return slot;
    }

    /**
     * What an earlier capture left in the spool: it is durable and has to reach the vault, whether
     * the server comes back or not.
     */
    void takeUp(Lanes into) {
        spool.makeDurable();
        List<WalSegment> segments = spool.segments();
        for (int i = 0; i < segments.size(); i++) {
            WalSegment first = segments.get(i);
            WalSegment last = first;
            while (i + 1 < segments.size()
                    && segments.get(i + 1).equals(last.next())
                    && spool.end(last).equals(last.end())) {
                last = segments.get(++i);
            }
            Lsn durable = withoutTornTail(last);
            if (first.start().isBefore(durable)) {
                into.left(first.timeline(), first.start(), durable);
            }
        }
    }

    /**
     * What a crash of the machine left behind the last sync may be anything: cut it off. Only the
     * last segment of a stretch can have such a tail: each one is durable before the next is begun.
     */
    private Lsn withoutTornTail(WalSegment last) {
        WalReader reader = reader(last.start());
        feed(reader, last);
        Lsn whole = Lsn.min(reader.end(), spool.end(last));
        if (reader.state() != WalReader.State.READING) {
            spool.cut(last, whole);
        }
        return whole;
    }

    private WalReader reader(Lsn from) {
        return new WalReader(from, segmentBytes, OptionalLong.of(systemIdentifier));
    }

    private void feed(WalReader reader, WalSegment segment) {
        Lsn end = spool.end(segment);
        byte[] piece = new byte[PIECE_BYTES];
        for (Lsn at = segment.start(); at.isBefore(end); at = at.plus(PIECE_BYTES)) {
            int length = (int) Math.min(PIECE_BYTES, end.minus(at));
            spool.read(segment.timeline(), at, piece, length);
            reader.feed(piece, 0, length, _ -> {});
        }
    }

    /** Some WAL got lost between spool and vault: it is asked for again. Open to any thread. */
    synchronized void refetch(TimelineId timeline, Lsn from, Lsn to) {
        wanted = Optional.of(new Gap(timeline, from, to));
    }

    /** Decides, with the server's word about itself. Makes the slot where it is missing. */
    Position position(WireConnection with) {
        SystemIdentity identity = with.identifySystem();
        refuseForeign(identity, with);
        TimelineHistory history = TimelineHistory.ofFirst();
        if (identity.timeline().compareTo(TimelineId.FIRST) > 0) {
            history = with.timelineHistory(identity.timeline());
            spool.keepHistory(history);
        }
        spool.ensureDirectory();
        Lsn kept = slot.ensure(with);
        // what a failed connection wrote counts only once it is durable
        spool.sync();
        Optional<Gap> lost = wanted;
        if (lost.isPresent()) {
            Lsn from = lost.get().from().floor(segmentBytes);
            return at(lost.get().timeline(), from, lost.get().from(), Why.REFETCH);
        }
        Optional<Resumption> resumption = behindHole.filter(each -> !isThere(each));
        if (resumption.isPresent()) {
            Lsn at = resumption.get().at();
            return at(history.timelineAt(at), at, at, Why.BEHIND_HOLE);
        }
        behindHole = Optional.empty();
        Optional<TimelineId> newest = newestTimelineHeld();
        if (newest.isEmpty()) {
            Lsn from = kept.floor(segmentBytes);
            return at(identity.timeline(), from, from, Why.NEXT);
        }
        return goOn(newest.get(), identity, history);
    }

    private boolean isThere(Resumption resumption) {
        return spool.segments().stream()
                .anyMatch(each -> !each.start().isBefore(resumption.at().floor(segmentBytes)));
    }

    /**
     * The same system identifier is no proof: a restored copy has it too. So nothing is received
     * from a server, and nothing confirmed to it, whose data directory is another one.
     */
    private void refuseForeign(SystemIdentity identity, WireConnection with) {
        if (identity.systemIdentifier() != systemIdentifier) {
            throw foreign(
                    "system identifier "
                            + Long.toUnsignedString(identity.systemIdentifier())
                            + ", expected "
                            + Long.toUnsignedString(systemIdentifier));
        }
        String directory = String.valueOf(with.query("SHOW data_directory").getFirst().getFirst());
        if (!isSame(Path.of(directory), server.dataDirectory())) {
            throw foreign(
                    "a copy with the same system identifier, in "
                            + directory
                            + " and not in "
                            + server.dataDirectory());
        }
    }

    private static boolean isSame(Path one, Path other) {
        if (one.equals(other)) {
            return true;
        }
        try {
            return one.toRealPath().equals(other.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    private Failure foreign(String which) {
        return new Failure(
                Code.FOREIGN_SERVER,
                "another server answers at " + server.socket().file() + ": " + which,
                "nothing of it enters the archive; start the right server there");
    }

    /** Goes on behind what is held; across a promotion where the timeline held is whole. */
    private Position goOn(TimelineId timeline, SystemIdentity identity, TimelineHistory history) {
        Lsn end = heldEnd(timeline);
        if (timeline.equals(identity.timeline())) {
            Position next = next(timeline, end);
            if (identity.flushed().isBefore(next.whole())) {
                throw setBack(
                        "the server's WAL ends at "
                                + identity.flushed()
                                + ", before "
                                + next.whole()
                                + " that pgkeep holds: it was set back to an older state of itself");
            }
            return next;
        }
        Lsn left =
                history.switchPointOf(timeline)
                        .orElseThrow(() ->
                                setBack(
                                        "the server is on timeline "
                                                + identity.timeline()
                                                + ", which does not descend from timeline "
                                                + timeline
                                                + " that pgkeep holds: it was rewound, or"
                                                + " restored in place"));
        if (end.isBefore(left)) {
            return next(timeline, end);
        }
        Lsn from = left.floor(segmentBytes);
        return at(history.timelineAt(left), from, from, Why.NEXT);
    }

    private static Failure setBack(String what) {
        return new Failure(
                Code.DAMAGED_WAL,
                what,
                "nothing more of it enters this archive: delete it here and create or restore it"
                        + " anew, so that it gets its own");
    }

    private Position next(TimelineId timeline, Lsn end) {
        Lsn from = end.floor(segmentBytes);
        Lsn before = from.plus(-1).floor(segmentBytes);
        boolean thin = end.minus(from) < OVERLAP_BYTES_MIN;
        boolean compared =
                thin
                        && !withoutOverlap.equals(Optional.of(from))
                        && spool.has(WalSegment.containing(timeline, before, segmentBytes));
        return compared
                ? at(timeline, before, end, Why.OVERLAP)
                : at(timeline, from, end, Why.NEXT);
    }

    private Position at(TimelineId timeline, Lsn from, Lsn end, Why why) {
        WalSegment segment = WalSegment.containing(timeline, from, segmentBytes);
        primeFromVault(segment);
        Lsn oldest = segment.start();
        for (WalSegment before = before(segment);
                spool.end(before).equals(before.end());
                before = before(before)) {
            oldest = before.start();
        }
        return new Position(timeline, from, end, wholeRecords(segment), oldest, why);
    }

    /**
     * Where the whole records end that the spool has from a segment on. Behind that stands a
     * record's beginning, which proves nothing: the server may have to write another one in its
     * place after a crash.
     */
    private Lsn wholeRecords(WalSegment from) {
        WalReader reader = reader(from.start());
        WalSegment segment = from;
        feed(reader, segment);
        while (spool.end(segment).equals(segment.end()) && spool.has(segment.next())) {
            segment = segment.next();
            feed(reader, segment);
        }
        return Lsn.min(reader.end(), spool.end(segment));
    }

    /** The vault has more of the segment than the spool (which was lost): takes it from there. */
    private void primeFromVault(WalSegment segment) {
        Optional<Lsn> heldTo = Optional.ofNullable(vaultEnds.get(segment.timeline()));
        if (heldTo.isEmpty()) {
            return;
        }
        Lsn end = Lsn.min(heldTo.get(), segment.end());
        if (spool.end(segment).isBefore(end)
                && held.endOfStretch(segment.timeline(), segment.start()).isPresent()) {
            held.read(
                    segment.timeline(),
                    segment.start(),
                    end,
                    (at, bytes, offset, length) -> {
                        spool.write(segment.timeline(), at, Lsn.ZERO, bytes, offset, length);
                        return true;
                    });
            spool.sync();
        }
    }

    private static WalSegment before(WalSegment segment) {
        return new WalSegment(segment.timeline(), segment.number() - 1, segment.segmentBytes());
    }

    /** The end of what the spool, or the vault as far as it was asked, holds of a timeline. */
    private Lsn heldEnd(TimelineId timeline) {
        Lsn spooled =
                spool.segments().stream()
                        .filter(segment -> segment.timeline().equals(timeline))
                        .map(spool::end)
                        .reduce(Lsn.ZERO, Lsn::max);
        return Lsn.max(spooled, vaultEnds.getOrDefault(timeline, Lsn.ZERO));
    }

    private Optional<TimelineId> newestTimelineHeld() {
        Optional<TimelineId> spooled =
                spool.segments().stream().map(WalSegment::timeline).max(TimelineId::compareTo);
        if (!vaultAsked) {
            try {
                askVault();
            } catch (Failure failure) {
                if (spooled.isEmpty()) {
                    throw failure;
                }
                LOG.warn(
                        "the vault does not answer; capture of {} goes on from its spool: {}",
                        server.id(),
                        failure.message());
            }
        }
        Optional<TimelineId> shipped = vaultEnds.keySet().stream().max(TimelineId::compareTo);
        if (spooled.isPresent() && shipped.isPresent()) {
            return spooled.get().compareTo(shipped.get()) > 0 ? spooled : shipped;
        }
        return spooled.or(() -> shipped);
    }

    private void askVault() {
        for (TimelineId timeline : held.timelines()) {
            held.end(timeline).ifPresent(end -> vaultEnds.put(timeline, end));
        }
        vaultAsked = true;
    }

    /** The spool lost files: the vault has to be asked where to go on. */
    void forgetSpool() {
        vaultAsked = false;
    }

    // ---- when the server has no more what was asked for

    /**
     * The server said that it has no WAL at a position any more.
     *
     * @return whether that is a hole; otherwise the next try asks for something else
     */
    boolean isHole(Position refused) {
        switch (refused.why()) {
            case OVERLAP -> {
                withoutOverlap = Optional.of(refused.end().floor(segmentBytes));
                return false;
            }
            case REFETCH -> {
                wanted = Optional.empty();
                return false;
            }
            case NEXT, BEHIND_HOLE -> {}
        }
        Lsn before = heldEnd(refused.timeline());
        vaultEnds.clear();
        askVault();
        // another pgkeep captured meanwhile: the vault has what this spool lacks
        return !heldEnd(refused.timeline()).isAfter(before);
    }

    /** What was asked for again came: it is durable in the spool up to there. */
    synchronized void refetched(Position position, Lsn durable) {
        if (position.why() == Why.REFETCH) {
            wanted = wanted.filter(lost -> durable.isBefore(lost.to()));
        }
    }

    /** After a hole: what follows is asked for from where the slot keeps WAL, never before. */
    Lsn skipToWhatIsKept(WireConnection with) {
        Lsn kept = slot.renew(with).floor(segmentBytes);
        behindHole = Optional.of(new Resumption(kept));
        return kept;
    }
}
