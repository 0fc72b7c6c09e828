package org.pgkeep.engine.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.postgres.wire.ServerReport;
import org.pgkeep.postgres.wire.SlotState;
import org.pgkeep.postgres.wire.SystemIdentity;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * Decides where a capture goes on: behind what the spool and the vault hold, at the start of that
 * segment (so that the spool has whole segments), and where nothing is held, where the slot begins.
 * Owned by the receiver's thread.
 */
final class CaptureStart {
    private static final String DUPLICATE_OBJECT = "42710";
    private static final String UNDEFINED_OBJECT = "42704";

    /** The spool is read in pieces of so much. */
    private static final int PIECE_BYTES = 1 << 20;

    private final ProtectedServer server;
    private final ServerArchive archive;
    private final Spool spool;
    private final WalArchive held;
    private final int segmentBytes;
    private final long systemIdentifier;
    private final String slot;
    private Optional<Resumption> behindHole = Optional.empty();

    /** Where a hole in a timeline ends. */
    private record Resumption(TimelineId timeline, Lsn at) {}

    /**
     * Where to go on.
     *
     * @param timeline on which timeline
     * @param from the start of a segment
     * @param spooledTo the spool has whole records from there up to here
     * @param heldTo the vault has everything from there up to here, or is asked to from here on
     */
    record Position(TimelineId timeline, Lsn from, Lsn spooledTo, Lsn heldTo) {}

    CaptureStart(
            ProtectedServer server,
            ServerArchive archive,
            Spool spool,
            int segmentBytes,
            long systemIdentifier) {
        this.server = server;
        this.archive = archive;
        this.spool = spool;
        this.held = new WalArchive(archive.objects());
        this.segmentBytes = segmentBytes;
        this.systemIdentifier = systemIdentifier;
        this.slot = "pgkeep_" + server.id().toString().replace("-", "");
    }

    /** The name of the server's replication slot. */
    String slot() {
        return slot;
    }

    /**
     * What an earlier capture left in the spool: it is durable and has to reach the vault, whether
     * the server comes back or not. What the vault holds already goes.
     */
    List<Position> leftInSpool() {
        spool.makeDurable();
        Map<TimelineId, List<WalArchive.Stretch>> shipped = new HashMap<>();
        List<Position> left = new ArrayList<>();
        for (WalSegment segment : spool.segments()) {
            Lsn from = segment.start();
            Lsn heldTo =
                    shipped.computeIfAbsent(segment.timeline(), held::stretches).stream()
                            .filter(stretch -> stretch.reaches(from))
                            .map(WalArchive.Stretch::to)
                            .reduce(from, Lsn::max);
            Position last = left.isEmpty() ? null : left.getLast();
            if (!heldTo.isBefore(segment.end())) {
                spool.drop(segment);
            } else if (last != null
                    && last.timeline().equals(segment.timeline())
                    && last.spooledTo().equals(from)) {
                left.removeLast();
                left.add(
                        new Position(
                                segment.timeline(),
                                last.from(),
                                spool.end(segment),
                                last.heldTo()));
            } else {
                left.add(new Position(segment.timeline(), from, spool.end(segment), heldTo));
            }
        }
        return left.stream().map(this::withoutTornTail).toList();
    }

    /**
     * What a crash of the machine left behind the last sync may be anything: cut it off. Only the
     * last segment can have such a tail: each one is durable before the next is begun.
     */
    private Position withoutTornTail(Position stretch) {
        if (!stretch.from().isBefore(stretch.spooledTo())) {
            return stretch;
        }
        Lsn last = stretch.spooledTo().plus(-1);
        WalSegment segment = WalSegment.containing(stretch.timeline(), last, segmentBytes);
        WalReader reader = readSpooled(segment);
        Lsn whole = wholeRecords(segment, reader);
        if (reader.state() != WalReader.State.READING) {
            spool.cut(segment, whole);
        }
        return new Position(stretch.timeline(), stretch.from(), whole, stretch.heldTo());
    }

    /**
     * Where a segment's whole records end in the spool. Behind that stands a record's beginning,
     * which proves nothing and is of no use before its rest comes: it is not shipped before the
     * server has sent it again.
     */
    private Lsn wholeRecords(WalSegment segment, WalReader reader) {
        return Lsn.min(reader.end(), spool.end(segment));
    }

    private WalReader readSpooled(WalSegment segment) {
        WalReader reader =
                new WalReader(segment.start(), segmentBytes, OptionalLong.of(systemIdentifier));
        Lsn end = spool.end(segment);
        for (Lsn at = segment.start(); at.isBefore(end); at = at.plus(PIECE_BYTES)) {
            int length = (int) Math.min(PIECE_BYTES, end.minus(at));
            reader.feed(spool.read(segment.timeline(), at, length), 0, length, _ -> {});
        }
        return reader;
    }

    /** Decides, with the server's word about itself. Makes the slot where it is missing. */
    Position position(WireConnection with) {
        SystemIdentity identity = with.identifySystem();
        refuseForeign(identity);
        Lsn kept = ensureSlot(with);
        if (identity.timeline().compareTo(TimelineId.FIRST) > 0) {
            archive.writeHistory(with.timelineHistory(identity.timeline()));
        }
        Optional<TimelineId> newest = newestTimelineHeld();
        Optional<Resumption> resumption =
                behindHole.filter(each -> heldEnd(each.timeline()).isBefore(each.at()));
        if (resumption.isPresent()) {
            return at(resumption.get().timeline(), resumption.get().at());
        }
        if (newest.isEmpty()) {
            return at(identity.timeline(), kept.floor(segmentBytes));
        }
        return goOn(newest.get(), identity.timeline());
    }

    private void refuseForeign(SystemIdentity identity) {
        if (identity.systemIdentifier() != systemIdentifier) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "another server answers at "
                            + server.socket().file()
                            + ": system identifier "
                            + Long.toUnsignedString(identity.systemIdentifier())
                            + ", expected "
                            + Long.toUnsignedString(systemIdentifier),
                    "nothing of it enters the archive; start the right server there");
        }
    }

    /** Goes on behind what is held; across a promotion where the timeline held is whole. */
    private Position goOn(TimelineId timeline, TimelineId current) {
        Lsn end = heldEnd(timeline);
        if (timeline.equals(current)) {
            return at(timeline, end.floor(segmentBytes));
        }
        TimelineHistory history =
                archive.history(current)
                        .orElseThrow(() -> new IllegalStateException("no history of " + current));
        Lsn left =
                history.switchPointOf(timeline)
                        .orElseThrow(() ->
                                new Failure(
                                        Code.DAMAGED_WAL,
                                        "the server is on timeline "
                                                + current
                                                + ", which does not descend from timeline "
                                                + timeline
                                                + " that is held",
                                        "it was rewound or restored in place; nothing more"
                                                + " enters this archive: create or restore"
                                                + " it anew"));
        if (end.isBefore(left)) {
            return at(timeline, end.floor(segmentBytes));
        }
        return at(history.timelineAt(left), left.floor(segmentBytes));
    }

    private Position at(TimelineId timeline, Lsn from) {
        WalSegment segment = WalSegment.containing(timeline, from, segmentBytes);
        Lsn heldTo = held.endOfStretch(timeline, from).orElse(from);
        if (heldTo.isAfter(from) && spool.end(segment).isBefore(heldTo)) {
            primeFromVault(segment, heldTo);
        }
        Lsn oldestSpooled = segment.start();
        for (WalSegment before = before(segment);
                spool.end(before).equals(before.end());
                before = before(before)) {
            oldestSpooled = before.start();
        }
        Lsn shippedTo = held.endOfStretch(timeline, oldestSpooled).orElse(oldestSpooled);
        return new Position(timeline, from, wholeRecords(segment, readSpooled(segment)), shippedTo);
    }

    /** The vault has more of the segment than the spool (which was lost): takes it from there. */
    private void primeFromVault(WalSegment segment, Lsn heldTo) {
        held.read(
                segment.timeline(),
                segment.start(),
                Lsn.min(heldTo, segment.end()),
                (at, bytes, offset, length) -> {
                    spool.write(segment.timeline(), at, Lsn.ZERO, bytes, offset, length);
                    return true;
                });
        spool.sync();
    }

    private static WalSegment before(WalSegment segment) {
        return new WalSegment(segment.timeline(), segment.number() - 1, segment.segmentBytes());
    }

    /**
     * The end of what the spool or the vault holds of a timeline. The spool is asked first: what
     * leaves it meanwhile is in the vault by then.
     */
    private Lsn heldEnd(TimelineId timeline) {
        Lsn spooled =
                spool.segments().stream()
                        .filter(segment -> segment.timeline().equals(timeline))
                        .map(spool::end)
                        .reduce(Lsn.ZERO, Lsn::max);
        return Lsn.max(spooled, held.end(timeline).orElse(Lsn.ZERO));
    }

    private Optional<TimelineId> newestTimelineHeld() {
        Optional<TimelineId> spooled =
                spool.segments().stream().map(WalSegment::timeline).max(TimelineId::compareTo);
        Optional<TimelineId> shipped = held.timelines().stream().max(TimelineId::compareTo);
        if (spooled.isPresent() && shipped.isPresent()) {
            return spooled.get().compareTo(shipped.get()) > 0 ? spooled : shipped;
        }
        return spooled.or(() -> shipped);
    }

    // ---- the slot

    /** The position from which the slot keeps WAL; made, with WAL reserved, where it is missing. */
    private Lsn ensureSlot(WireConnection with) {
        Optional<Lsn> kept = slotKeeps(with);
        if (kept.isEmpty()) {
            try {
                with.createSlot(slot);
            } catch (Failure failure) {
                if (!sqlState(failure).equals(DUPLICATE_OBJECT)) {
                    throw failure;
                }
                // it exists and keeps nothing any more: it was invalidated, a new one takes its
                // place
                with.dropSlot(slot);
                with.createSlot(slot);
            }
            kept = slotKeeps(with);
        }
        return kept.orElseThrow(() ->
                new Failure(
                        Code.SERVER_ERROR,
                        "the replication slot " + slot + " keeps no WAL",
                        "look at pg_replication_slots on the server"));
    }

    private Optional<Lsn> slotKeeps(WireConnection with) {
        if (PostgresVersion.parse(with.parameter("server_version")).major() >= 15) {
            return with.readSlot(slot) instanceof SlotState.Holding holding
                    ? Optional.of(holding.restart())
                    : Optional.empty();
        }
        try (WireConnection sql = Sessions.open(server.socket(), server.user(), "pgkeep")) {
            List<List<@Nullable String>> rows =
                    sql.query(
                            "SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = '"
                                    + slot
                                    + "'");
            return rows.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(rows.getFirst().getFirst()).map(Lsn::parse);
        }
    }

    /**
     * After a hole: what follows is asked for from where the slot keeps WAL, never before.
     *
     * @param timeline the timeline that has the hole
     */
    Lsn skipToWhatIsKept(WireConnection with, TimelineId timeline) {
        try {
            with.dropSlot(slot);
        } catch (Failure failure) {
            // an earlier try may have come so far and no further
            if (!sqlState(failure).equals(UNDEFINED_OBJECT)) {
                throw failure;
            }
        }
        Lsn kept = ensureSlot(with).floor(segmentBytes);
        behindHole = Optional.of(new Resumption(timeline, kept));
        return kept;
    }

    static String sqlState(Failure failure) {
        return ServerReport.of(failure).map(ServerReport::sqlState).orElse("");
    }
}
