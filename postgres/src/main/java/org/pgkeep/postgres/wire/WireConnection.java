package org.pgkeep.postgres.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;

/** A connection to a server; the signatures, whose bodies follow. */
@SuppressWarnings("DoNotCallSuggester")
public final class WireConnection implements AutoCloseable {
    private WireConnection() {}

    /** Opens. */
    public static WireConnection open(LocalSocket at, Login login) {
        throw new UnsupportedOperationException(at + " " + login);
    }

    /** Opens. */
    public static WireConnection open(LocalSocket at, Login login, Duration timeout) {
        throw new UnsupportedOperationException(at + " " + login + timeout);
    }

    /** Runs SQL; the last result set. */
    public List<List<@Nullable String>> query(String sql) {
        throw new UnsupportedOperationException(sql);
    }

    /** What the server reported: server_version, ... */
    public String parameter(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** IDENTIFY_SYSTEM. */
    public SystemIdentity identifySystem() {
        throw new UnsupportedOperationException();
    }

    /** CREATE_REPLICATION_SLOT name PHYSICAL RESERVE_WAL. */
    public void createSlot(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** DROP_REPLICATION_SLOT. */
    public void dropSlot(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** READ_REPLICATION_SLOT (15 and newer). */
    public SlotState readSlot(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** TIMELINE_HISTORY. */
    public TimelineHistory timelineHistory(TimelineId timeline) {
        throw new UnsupportedOperationException(timeline.toString());
    }

    /** TIMELINE_HISTORY, the file's bytes. */
    public byte[] timelineHistoryFile(TimelineId timeline) {
        throw new UnsupportedOperationException(timeline.toString());
    }

    /** START_REPLICATION. */
    public void startReplication(String slot, Lsn start, TimelineId timeline) {
        throw new UnsupportedOperationException(slot + start + timeline);
    }

    /** Blocks for the next message. */
    public ReplicationMessage receive() {
        throw new UnsupportedOperationException();
    }

    /** Whether more can be received without blocking. */
    public boolean pending() {
        throw new UnsupportedOperationException();
    }

    /** Standby status update; any thread. */
    public void confirm(Lsn written, Lsn flushed, Instant now) {
        throw new UnsupportedOperationException(written + " " + flushed + now);
    }

    /** Standby status update that asks for a keepalive at once; any thread. */
    public void confirmAndAsk(Lsn written, Lsn flushed, Instant now) {
        throw new UnsupportedOperationException(written + " " + flushed + now);
    }

    /** Ends it from any thread. */
    public void abort() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
