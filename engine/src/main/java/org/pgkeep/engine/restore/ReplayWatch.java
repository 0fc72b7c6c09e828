package org.pgkeep.engine.restore;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.instance.Instance;
import org.pgkeep.postgres.instance.ServerState;
import org.pgkeep.postgres.wire.WireConnection;

/** Watches a recovering server until it accepts writes, and tells how far it is. */
final class ReplayWatch {
    private static final long POLL_MILLIS = 50;

    private final Instance instance;
    private final RestorePlan plan;
    private final ProgressListener progress;

    ReplayWatch(Instance instance, RestorePlan plan, ProgressListener progress) {
        this.instance = instance;
        this.plan = plan;
        this.progress = progress;
    }

    /**
     * Waits until recovery has ended and the server takes writes.
     *
     * @throws Failure SERVER_DID_NOT_START with its last words if it ended instead
     */
    void awaitWritable(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (System.nanoTime() < deadline) {
            if (isWritable()) {
                return;
            }
            if (instance.state() == ServerState.GONE) {
                throw new Failure(
                        Code.SERVER_DID_NOT_START,
                        "PostgreSQL ended while it recovered:\n"
                                + String.join("\n", instance.logTail()),
                        "read its last words above; the origin and its archive are untouched");
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new Failure(
                Code.SERVER_DID_NOT_START,
                "recovery is not done after " + atMost,
                "look into the server's log " + instance.logFile());
    }

    private boolean isWritable() {
        try (WireConnection connection =
                Sessions.open(instance.socket(), ServerPlace.SUPERUSER, "pgkeep restore")) {
            List<@Nullable String> row =
                    connection
                            .query("SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()")
                            .getFirst();
            String replayed = row.get(1);
            if (replayed != null) {
                long done = Lsn.parse(replayed).minus(plan.walFrom());
                progress.report(new Progress("replaying WAL", done, plan.walBytes()));
            }
            return "f".equals(row.getFirst());
        } catch (Failure failure) {
            // while it recovers a role or database may not be there yet, or not any more
            if (failure.code() == Code.SERVER_ERROR && hasRecovered()) {
                throw failure;
            }
            return false;
        }
    }

    private boolean hasRecovered() {
        Path control = instance.dataDirectory().resolve("global/pg_control");
        return ControlFile.read(control).state() == ControlFile.State.IN_PRODUCTION;
    }
}
