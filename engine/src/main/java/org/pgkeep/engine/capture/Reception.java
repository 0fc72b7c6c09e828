package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.InstantSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wire.ReplicationMessage;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * What one connection brings, on its way to being durable: checked, written, fsynced, and only then
 * confirmed. The receiver's own.
 */
final class Reception {
    /** Received bytes are synced at the latest after so many, even while more is pending. */
    private static final int SYNC_BYTES_MAX = 16 << 20;

    /** The same where commits wait. */
    private static final int SYNC_BYTES_MAX_SYNCHRONOUS = 4 << 20;

    /**
     * Where nobody waits, what trickles in is synced so often: each sync keeps the server's own, on
     * the same disk, waiting. A crash in between loses nothing, for nothing of it was confirmed.
     */
    private static final long SYNC_EVERY_NANOS = 200_000_000;

    private static final Duration NAP = Duration.ofMillis(10);

    private final CaptureStart.Position position;
    private final Spool spool;
    private final WalPages pages;
    private final Lanes lanes;
    private final HeldClock held;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final int segmentBytes;
    private final Lsn settled;
    private Lsn next;
    private Lsn allowed;
    private int unsynced;
    private long syncedNanos = System.nanoTime() - SYNC_EVERY_NANOS;

    Reception(
            CaptureStart.Position position,
            Spool spool,
            WalPages pages,
            Lanes lanes,
            HeldClock held,
            CaptureSettings settings,
            InstantSource clock,
            int segmentBytes) {
        this.position = position;
        this.spool = spool;
        this.pages = pages;
        this.lanes = lanes;
        this.held = held;
        this.settings = settings;
        this.clock = clock;
        this.segmentBytes = segmentBytes;
        this.settled = Lsn.max(position.whole(), held.heldOf(position.timeline()));
        this.next = position.from();
        this.allowed = position.from();
    }

    /** Whether the server sent nothing yet. */
    boolean isEmpty() {
        return next.equals(position.from());
    }

    void take(ReplicationMessage.WalData data) {
        // every byte is the next one, and every page header is this timeline's at this address
        if (!data.start().equals(next)) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the server sent WAL at " + data.start() + " where " + next + " is next",
                    "pgkeep connects again and goes on at " + next);
        }
        pages.check(position.timeline(), data.start(), data.buffer(), data.offset(), data.length())
                .ifPresent(wrong -> {
                    throw new Failure(
                            Code.DAMAGED_WAL,
                            "the server sent WAL that is none: " + wrong,
                            "pgkeep asks for it again; look at the server's disk if this"
                                    + " stays");
                });
        if (data.end().isAfter(allowed)) {
            allow(data.end());
        }
        spool.write(
                position.timeline(),
                data.start(),
                settled,
                data.buffer(),
                data.offset(),
                data.length());
        next = data.end();
        unsynced += data.length();
        held.received(next);
    }

    /** A new segment is begun only when there is room for it. */
    private void allow(Lsn end) {
        WalSegment segment = WalSegment.containing(position.timeline(), end.plus(-1), segmentBytes);
        long most = bytesMax(settings, segmentBytes);
        if (!spool.has(segment) && spool.bytes() + segmentBytes > most) {
            sync();
            throw new Failure(
                    Code.SPOOL_FULL,
                    spoolFull(most),
                    "bring the vault back, or give the spool more room");
        }
        allowed = segment.end();
    }

    static String spoolFull(long most) {
        return "the spool holds the "
                + (most >> 20)
                + " MiB of WAL it may, because the vault does not take it as fast as it comes: the"
                + " server keeps what comes next";
    }

    /** A bound below a few segments would stop for every one of them. */
    static long bytesMax(CaptureSettings settings, int segmentBytes) {
        return Math.max(settings.spoolBytesMax(), 4L * segmentBytes);
    }

    /**
     * Whether it is time to sync: enough is there, or nothing more to go with it and somebody waits
     * or the last sync is a while ago. Naps until it is, or more comes.
     */
    boolean isSyncDue(WireConnection from) {
        int most = settings.synchronous() ? SYNC_BYTES_MAX_SYNCHRONOUS : SYNC_BYTES_MAX;
        while (unsynced > 0 && unsynced < most && !from.pending()) {
            boolean awaited = settings.synchronous() || lanes.isHurried();
            if (awaited || System.nanoTime() - syncedNanos >= SYNC_EVERY_NANOS) {
                return true;
            }
            try {
                Thread.sleep(NAP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }
        return unsynced >= most;
    }

    void sync() {
        spool.sync();
        unsynced = 0;
        syncedNanos = System.nanoTime();
        lanes.durableTo(next);
    }

    /**
     * What is confirmed is durable in the spool: the server may forget it. Where commits don't wait
     * for it, the beginning of a segment is confirmed only when there is enough of it to compare a
     * server with that comes back: until then the segment before is kept, too. Open to any thread.
     *
     * @param exactly a server that asks may be shutting down, and waits for all of it
     */
    void confirm(WireConnection to, boolean exactly) {
        Lsn durable = lanes.durable();
        Lsn flushed = durable;
        if (!settings.synchronous() && !exactly) {
            Lsn segment = durable.floor(segmentBytes);
            Lsn before = segment.plus(-1);
            boolean thin = durable.minus(segment) < CaptureStart.OVERLAP_BYTES_MIN;
            if (thin && !before.isBefore(position.from())) {
                flushed = before;
            }
        }
        to.confirm(durable, flushed, clock.instant());
    }
}
