package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;
import org.pgkeep.engine.Moment;

/**
 * Something in the WAL that one may want to go back to.
 *
 * @param time when it happened
 * @param xid the transaction; 0 for a restore point
 * @param lsn where its record starts
 * @param kind {@code commit}, {@code drop}, {@code truncate}, {@code rewrite} or {@code
 *     restorePoint}
 * @param relations the files it removed, or the restore point's name
 */
public record MomentView(Instant time, long xid, String lsn, String kind, List<String> relations) {
    /** The engine's moment as a document. */
    public static MomentView of(Moment moment) {
        String kind =
                switch (moment.kind()) {
                    case COMMIT -> "commit";
                    case DROP -> "drop";
                    case TRUNCATE -> "truncate";
                    case REWRITE -> "rewrite";
                    case RESTORE_POINT -> "restorePoint";
                };
        return new MomentView(
                moment.time(), moment.xid(), moment.lsn().toString(), kind, moment.relations());
    }
}
