package org.pgkeep.engine.slot;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.Sessions;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wire.ServerReport;
import org.pgkeep.postgres.wire.SlotState;
import org.pgkeep.postgres.wire.WireConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replication slot that makes a server keep its WAL until pgkeep has it. Owned by the
 * receiver's thread, but for {@link #figures}.
 */
public final class Slot {
    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);

    private static final String DUPLICATE_OBJECT = "42710";
    private static final String UNDEFINED_OBJECT = "42704";

    private final ProtectedServer server;
    private final String name;
    private String loss = "the server had removed it before pgkeep received it";
    private boolean seen;

    /** The slot of a server, which need not exist yet. */
    public Slot(ProtectedServer server) {
        this.server = server;
        this.name = "pgkeep_" + server.id().toString().replace("-", "");
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Why WAL went that the slot should have kept; a clause. */
    public String loss() {
        return loss;
    }

    /** The position from which the slot keeps WAL; made, with WAL reserved, where it is missing. */
    public Lsn ensure(WireConnection with) {
        Optional<Lsn> kept = keeps(with);
        if (kept.isEmpty()) {
            try {
                with.createSlot(name);
                loss =
                        (seen ? "" : "while pgkeep was away ")
                                + "somebody dropped its replication slot, and the server removed"
                                + " the WAL";
                if (seen) {
                    LOG.warn(
                            "somebody dropped the replication slot {} while the WAL was received:"
                                    + " it was made anew; what the server has removed since is a"
                                    + " hole",
                            name);
                }
            } catch (Failure failure) {
                if (!sqlState(failure).equals(DUPLICATE_OBJECT)) {
                    throw failure;
                }
                // it exists and keeps nothing any more: it was invalidated, a new one takes its
                // place
                loss =
                        "more WAL waited for pgkeep than the server may keep"
                                + " (max_slot_wal_keep_size), and it gave the slot up";
                with.dropSlot(name);
                with.createSlot(name);
            }
            kept = keeps(with);
        }
        seen = true;
        return kept.orElseThrow(() ->
                new Failure(
                        Code.SERVER_ERROR,
                        "the replication slot " + name + " keeps no WAL",
                        "look at pg_replication_slots on the server"));
    }

    /** Makes the slot anew: it keeps WAL from the server's last checkpoint on. */
    public Lsn renew(WireConnection with) {
        try {
            with.dropSlot(name);
        } catch (Failure failure) {
            // an earlier try may have come so far and no further
            if (!sqlState(failure).equals(UNDEFINED_OBJECT)) {
                throw failure;
            }
        }
        String why = loss;
        seen = false;
        Lsn kept = ensure(with);
        loss = why;
        return kept;
    }

    private Optional<Lsn> keeps(WireConnection with) {
        if (with.version().major() >= 15) {
            return with.readSlot(name) instanceof SlotState.Holding holding
                    ? Optional.of(holding.restart())
                    : Optional.empty();
        }
        try (WireConnection sql = Sessions.open(server.socket(), server.user(), "pgkeep")) {
            List<List<@Nullable String>> rows =
                    sql.query(
                            "SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = '"
                                    + name
                                    + "'");
            return rows.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(rows.getFirst().getFirst()).map(Lsn::parse);
        }
    }

    /** What the server says of the slot; empty where it has none. Open to any thread. */
    public Optional<SlotFigures> figures(WireConnection sql) {
        List<List<@Nullable String>> rows =
                sql.query(
                        "SELECT coalesce(wal_status, 'lost'), coalesce(safe_wal_size, -1),"
                                + " coalesce(pg_current_wal_lsn() - restart_lsn, 0)::bigint"
                                + " FROM pg_replication_slots WHERE slot_name = '"
                                + name
                                + "'");
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        List<@Nullable String> row = rows.getFirst();
        long safe = Long.parseLong(String.valueOf(row.get(1)));
        boolean bounded = safe >= 0 || !"reserved extended".contains(String.valueOf(row.get(0)));
        return Optional.of(
                new SlotFigures(
                        String.valueOf(row.get(0)),
                        Math.max(0, Long.parseLong(String.valueOf(row.get(2)))),
                        bounded ? Optional.of(Math.max(0, safe)) : Optional.empty()));
    }

    /** The SQLSTATE of a server's error; empty text for any other failure. */
    public static String sqlState(Failure failure) {
        return ServerReport.of(failure).map(ServerReport::sqlState).orElse("");
    }
}
