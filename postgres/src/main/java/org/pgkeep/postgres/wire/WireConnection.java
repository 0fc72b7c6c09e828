package org.pgkeep.postgres.wire;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;

/**
 * A connection to a server on this machine, for SQL in text or for physical replication (protocol
 * 3.0, simple queries; protocol-flow.html, protocol-replication.html).
 *
 * <p>One thread owns it and calls everything. Three calls are open to any thread at any time:
 * {@link #confirm}, {@link #confirmAndAsk} and {@link #abort}.
 *
 * <p>Every method may throw a {@link Failure}: SERVER_ERROR when the server reports an error
 * ({@link ServerReport#of} tells the SQLSTATE; the connection can be used on unless it was
 * streaming or the error was fatal), SERVER_UNREACHABLE when the connection is lost, was aborted,
 * or the server says that it starts or stops (57P01 to 57P03), INTERRUPTED when the thread was
 * interrupted (which closes the connection). A method called in the wrong order throws
 * IllegalStateException.
 *
 * <p>A statement waits as long as the server lets it: who wants a limit sets {@code
 * statement_timeout}, or calls {@link #abort} from another thread.
 */
public final class WireConnection implements AutoCloseable {
    /** A server on the same machine that does not answer for so long hangs. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** All rows of a command together; pgkeep's own queries stay far below. */
    private static final long RESULT_BYTES_MAX = 256L << 20;

    /** What a slot may be called (ReplicationSlotValidateName in slot.c). */
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");

    /** What the connection is good for now. */
    private enum Phase {
        IDLE,
        STREAMING,
        /**
         * The timeline had ended before a byte was streamed; {@link #receive} still has to say so.
         */
        AT_END,
        ENDED
    }

    private final MessageChannel channel;
    private final Map<String, String> parameters = new HashMap<>();
    private volatile Phase phase = Phase.IDLE;
    private ReplicationMessage.@Nullable EndOfTimeline endToReport;

    private WireConnection(MessageChannel channel) {
        this.channel = channel;
    }

    /** Opens a connection, waiting at most 10 seconds for the server; see the other one. */
    public static WireConnection open(LocalSocket at, Login login) {
        return open(at, login, CONNECT_TIMEOUT);
    }

    /**
     * Opens a connection and logs in.
     *
     * @param timeout how long the server may take until it is ready for the first command
     * @throws Failure SERVER_UNREACHABLE if none answers in time or it does not take connections
     *     yet; SERVER_ERROR if it refuses the login or asks for a password
     */
    public static WireConnection open(LocalSocket at, Login login, Duration timeout) {
        MessageChannel channel = MessageChannel.of(at);
        WireConnection connection = new WireConnection(channel);
        boolean ready = false;
        try (var _ = channel.abortAfter(timeout)) {
            channel.connect();
            channel.send(FrontendMessage.startup(login));
            connection.awaitLogin(login);
            ready = true;
        } finally {
            if (!ready) {
                channel.abort("the login failed");
            }
        }
        return connection;
    }

    /**
     * Runs SQL (several statements, parted by semicolons, run in one transaction) or a replication
     * command.
     *
     * @return the rows of the last result set, as text; empty if there was none. Notices are passed
     *     over, and so is what COPY TO STDOUT sends
     */
    public List<List<@Nullable String>> query(String sql) {
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (List<byte @Nullable []> columns : command(sql)) {
            List<@Nullable String> row = new ArrayList<>(columns.size());
            for (byte @Nullable [] column : columns) {
                row.add(column == null ? null : new String(column, StandardCharsets.UTF_8));
            }
            rows.add(row);
        }
        return rows;
    }

    /**
     * A parameter that the server reports by itself, such as {@code server_version}, {@code
     * in_hot_standby} (14 and newer) or {@code TimeZone}.
     *
     * @throws IllegalArgumentException if it is none of those
     */
    public String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the server did not report " + name);
        }
        return value;
    }

    /** The server's version. */
    public PostgresVersion version() {
        return PostgresVersion.parse(parameter("server_version"));
    }

    /** IDENTIFY_SYSTEM: which cluster it is, and how far it has come. Replication only. */
    public SystemIdentity identifySystem() {
        return understood(
                "IDENTIFY_SYSTEM",
                row ->
                        new SystemIdentity(
                                Long.parseUnsignedLong(text(row, 0)),
                                TimelineId.parse(text(row, 1)),
                                Lsn.parse(text(row, 2))));
    }

    /**
     * CREATE_REPLICATION_SLOT … PHYSICAL RESERVE_WAL: from now on the server keeps all WAL from its
     * last checkpoint's redo position. Replication only. Where that is, {@link #readSlot} tells.
     *
     * @throws Failure SERVER_ERROR with SQLSTATE 42710 if the name is taken, 53400 if there are
     *     {@code max_replication_slots} of them
     */
    public void createSlot(String name) {
        command("CREATE_REPLICATION_SLOT " + slotName(name) + " PHYSICAL RESERVE_WAL");
    }

    /**
     * DROP_REPLICATION_SLOT. Replication only.
     *
     * @throws Failure SERVER_ERROR with SQLSTATE 42704 if there is none, 55006 if it is in use
     */
    public void dropSlot(String name) {
        command("DROP_REPLICATION_SLOT " + slotName(name));
    }

    /**
     * READ_REPLICATION_SLOT. Replication only, on PostgreSQL 15 and newer: 13 and 14 answer with
     * SERVER_ERROR 0A000, and {@code pg_replication_slots} has to be asked instead.
     */
    public SlotState readSlot(String name) {
        return understood(
                "READ_REPLICATION_SLOT " + slotName(name),
                row -> {
                    if (row.getFirst() == null) {
                        return new SlotState.Absent();
                    }
                    if (row.get(1) == null) {
                        return new SlotState.WithoutWal();
                    }
                    return new SlotState.Holding(
                            Lsn.parse(text(row, 1)), TimelineId.parse(text(row, 2)));
                });
    }

    /**
     * TIMELINE_HISTORY: the ancestors of a timeline. Replication only.
     *
     * @throws Failure SERVER_ERROR with SQLSTATE 58P01 if the server has no such file; the first
     *     timeline has none. DAMAGED_WAL if the file can't be understood
     */
    public TimelineHistory timelineHistory(TimelineId timeline) {
        byte[] file = timelineHistoryFile(timeline);
        try {
            return TimelineHistory.parse(timeline, file);
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the server's history file of timeline "
                            + timeline
                            + " makes no sense: "
                            + e.getMessage(),
                    "look at " + timeline.historyFileName() + " in the server's pg_wal",
                    e);
        }
    }

    /** TIMELINE_HISTORY, the bytes of the file as the server has it; see the other one. */
    public byte[] timelineHistoryFile(TimelineId timeline) {
        return understood(
                "TIMELINE_HISTORY " + timeline,
                row -> {
                    byte[] content = row.get(1);
                    if (content == null) {
                        throw new IllegalArgumentException("no content");
                    }
                    return content;
                });
    }

    /**
     * START_REPLICATION: the server streams WAL from {@code start} on, which may lie in the middle
     * of anything, to the end of the timeline or until the connection ends. Replication only.
     *
     * @param slot a physical slot, which from now on is this connection's
     * @param start the first byte wanted
     * @param timeline the timeline to follow; the server's own or one of its ancestors
     * @throws Failure SERVER_ERROR with SQLSTATE 58P01 if the WAL is no longer there (seen at once
     *     or by {@link #receive}), 55006 if the slot is in use, 42704 if there is none
     */
    public void startReplication(String slot, Lsn start, TimelineId timeline) {
        require(Phase.IDLE);
        if (version().major() < 15) {
            // Their walsenders learn of the server's timeline only by this, and again only by this
            // after a promotion (StartReplication in walsender.c: ThisTimeLineID).
            var _ = identifySystem();
        }
        channel.send(
                FrontendMessage.query(
                        "START_REPLICATION SLOT "
                                + slotName(slot)
                                + " PHYSICAL "
                                + start
                                + " TIMELINE "
                                + timeline));
        byte type = nextMessage();
        switch (type) {
            case 'W' -> phase = Phase.STREAMING;
            case 'T' -> {
                endToReport = endOfTimeline(finish(type));
                phase = Phase.AT_END;
            }
            case 'E' -> finish(type);
            default -> throw broken("a message of type " + type + " at the start of streaming");
        }
    }

    /**
     * Waits for the next message of the stream. There is no limit to the wait: a server that has
     * nothing to say sends a keepalive after half its {@code wal_sender_timeout}, one that hangs
     * says nothing, and only {@link #abort} ends the wait then.
     *
     * <p>When the server was promoted and all of the timeline was received, ends the streaming on
     * both sides and returns {@link ReplicationMessage.EndOfTimeline}; the connection is free for
     * the next command then.
     */
    public ReplicationMessage receive() {
        if (phase == Phase.AT_END && endToReport != null) {
            ReplicationMessage end = endToReport;
            endToReport = null;
            phase = Phase.IDLE;
            return end;
        }
        require(Phase.STREAMING);
        byte type = nextMessage();
        return switch (type) {
            case 'd' -> understood(MessageBody::streamed);
            case 'c' -> {
                channel.send(FrontendMessage.copyDone());
                ReplicationMessage end = endOfTimeline(finish(nextMessage()));
                phase = Phase.IDLE;
                yield end;
            }
            case 'C' -> throw ended("the server is shutting down");
            case 'E' -> {
                Failure reported = report().failure();
                phase = Phase.ENDED;
                channel.abort("the server ended the stream with an error");
                throw reported;
            }
            default -> throw broken("a message of type " + type + " in the stream");
        };
    }

    /**
     * Whether {@link #receive} would find something at once: at least the beginning of a message,
     * the rest of which is on its way (a server writes messages whole). Ends the loan of the last
     * {@link ReplicationMessage.WalData}.
     */
    public boolean pending() {
        return phase == Phase.AT_END || (phase == Phase.STREAMING && channel.arrived());
    }

    /**
     * Tells the server how far the WAL is held (standby status update), now. A synchronous commit
     * waits for {@code flushed}, and the slot's restart position becomes {@code flushed}, wherever
     * that is: the server takes back no step that was too far, and does take one backwards. Any
     * thread may call it; does nothing while the connection does not stream. A server that went
     * away is no failure here: {@link #receive} first hands out all that had arrived, and then
     * tells.
     *
     * @param written the position behind the last byte received
     * @param flushed the position behind the last byte that no crash can take away any more; {@link
     *     Lsn#ZERO} leaves the slot as it is
     * @param now the caller's clock
     */
    public void confirm(Lsn written, Lsn flushed, Instant now) {
        status(written, flushed, now, false);
    }

    /**
     * The same as {@link #confirm}, and asks the server for a keepalive at once: the way to find
     * out whether a silent server lives, and that nothing is missing up to now.
     */
    public void confirmAndAsk(Lsn written, Lsn flushed, Instant now) {
        status(written, flushed, now, true);
    }

    /**
     * Ends the connection at once, from any thread; whoever waits in one of its methods gets
     * SERVER_UNREACHABLE. Can be repeated.
     */
    public void abort() {
        phase = Phase.ENDED;
        channel.abort("it was aborted");
    }

    /** Says goodbye and ends the connection; the server lets go of its slot. Can be repeated. */
    @Override
    public void close() {
        phase = Phase.ENDED;
        channel.close();
    }

    private void awaitLogin(Login login) {
        while (true) {
            byte type = nextMessage();
            switch (type) {
                case 'R' -> requireNoPassword(login);
                case 'K', 'v' -> {} // the key to cancel with; the minor version it speaks
                case 'E' -> throw report().failure();
                case 'Z' -> {
                    return;
                }
                default -> throw broken("a message of type " + type + " during the login");
            }
        }
    }

    private void requireNoPassword(Login login) {
        int method = understood(MessageBody::int32);
        if (method != 0) {
            throw new Failure(
                    Code.SERVER_ERROR,
                    "the server asks "
                            + login.user()
                            + " for a password or certificate (authentication method "
                            + method
                            + ")",
                    "let the operating system's user in by peer: put a line such as \"local all "
                            + login.user()
                            + " peer\" (and one for \"local replication\") before the others into"
                            + " pg_hba.conf, and reload the server");
        }
    }

    /** Sends a command and gathers the rows of its last result set. */
    private List<List<byte @Nullable []>> command(String text) {
        require(Phase.IDLE);
        channel.send(FrontendMessage.query(text));
        return finish(nextMessage());
    }

    /** Takes in the rest of a command's answer, up to ReadyForQuery; the first error counts. */
    private List<List<byte @Nullable []>> finish(byte firstType) {
        List<List<byte @Nullable []>> rows = new ArrayList<>();
        Optional<ServerReport> error = Optional.empty();
        long bytes = 0;
        for (byte type = firstType; type != 'Z'; type = nextMessage()) {
            switch (type) {
                case 'T' -> rows = new ArrayList<>();
                case 'D' -> {
                    bytes += channel.body().remaining();
                    if (bytes > RESULT_BYTES_MAX) {
                        throw broken("a result of more than " + RESULT_BYTES_MAX + " bytes");
                    }
                    rows.add(understood(MessageBody::columns));
                }
                case 'E' -> {
                    ServerReport report = report();
                    if (!report.severity().equals("ERROR")) {
                        phase = Phase.ENDED;
                        channel.abort("the server ended it");
                        throw report.failure();
                    }
                    error = error.or(() -> Optional.of(report));
                }
                case 'G' -> channel.send(FrontendMessage.copyFail("pgkeep sends no data"));
                case 'C', 'I', 'H', 'd', 'c' -> {} // ends of statements; COPY TO STDOUT
                default -> throw broken("a message of type " + type + " in an answer");
            }
        }
        if (error.isPresent()) {
            throw error.get().failure();
        }
        return rows;
    }

    /** The next message that is not one of those that may come at any time. */
    private byte nextMessage() {
        while (true) {
            byte type = channel.next();
            switch (type) {
                case 'N', 'A' -> {} // notices and notifications: nothing pgkeep does depends on one
                case 'S' -> {
                    var _ = understood(body -> parameters.put(body.text(), body.text()) == null);
                }
                default -> {
                    return type;
                }
            }
        }
    }

    private ReplicationMessage.EndOfTimeline endOfTimeline(List<List<byte @Nullable []>> rows) {
        return understood(
                rows,
                row ->
                        new ReplicationMessage.EndOfTimeline(
                                TimelineId.parse(text(row, 0)), Lsn.parse(text(row, 1))));
    }

    private void status(Lsn written, Lsn flushed, Instant now, boolean replyRequested) {
        if (flushed.isAfter(written)) {
            throw new IllegalArgumentException(
                    "flushed " + flushed + " is behind written " + written);
        }
        if (phase == Phase.STREAMING) {
            channel.sendIfHeard(
                    FrontendMessage.standbyStatus(written, flushed, now, replyRequested));
        }
    }

    private void require(Phase wanted) {
        Phase now = phase;
        if (now == Phase.ENDED) {
            throw ended("it has ended");
        }
        if (now != wanted) {
            throw new IllegalStateException("the connection is " + now + ", not " + wanted);
        }
    }

    private Failure ended(String because) {
        phase = Phase.ENDED;
        channel.abort(because);
        return channel.lost(new java.nio.channels.ClosedChannelException());
    }

    private Failure broken(String what) {
        phase = Phase.ENDED;
        return channel.lost(new ProtocolBroken(what));
    }

    private ServerReport report() {
        return understood(MessageBody::report);
    }

    /** Takes a field out of the message read last. */
    private interface Field<T> {
        T of(MessageBody body) throws ProtocolBroken;
    }

    private <T> T understood(Field<T> field) {
        try {
            return field.of(channel.body());
        } catch (ProtocolBroken e) {
            phase = Phase.ENDED;
            throw channel.lost(e);
        }
    }

    /** Runs a command that answers with one row, and reads it. */
    private <T> T understood(String command, Function<List<byte @Nullable []>, T> reading) {
        return understood(command(command), reading);
    }

    private <T> T understood(
            List<List<byte @Nullable []>> rows, Function<List<byte @Nullable []>, T> reading) {
        if (rows.size() != 1) {
            throw broken(rows.size() + " rows where one was due");
        }
        try {
            return reading.apply(rows.getFirst());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw broken("a row that makes no sense: " + e.getMessage());
        }
    }

    private static String text(List<byte @Nullable []> row, int column) {
        byte[] value = row.get(column);
        if (value == null) {
            throw new IllegalArgumentException("column " + column + " is null");
        }
        return new String(value, StandardCharsets.UTF_8);
    }

    private static String slotName(String name) {
        if (!SLOT_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a slot's name: " + name);
        }
        return name;
    }
}
