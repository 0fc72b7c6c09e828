package org.pgkeep.service.rest;

import java.util.Set;
import org.pgkeep.service.request.RestoreRequests.Wish;

/** Where a restore is to end, as a JSON object with one key. */
public final class TargetBody {
    private static final String HINT =
            "say one of time, lsn, xid, beforeXid, restorePoint, earliest, latest, backup";

    private static final Set<String> KEYS =
            Set.of(
                    "time",
                    "lsn",
                    "xid",
                    "beforeXid",
                    "restorePoint",
                    "earliest",
                    "latest",
                    "backup");

    private TargetBody() {}

    /**
     * Reads the object alone.
     *
     * @throws org.pgkeep.failure.Failure BAD_ARGUMENT
     */
    public static Wish read(String text) {
        return wish(Body.of(text, KEYS));
    }

    /** Reads it where it stands in a request. */
    static Wish in(Body body) {
        return wish(body.object("target", KEYS));
    }

    private static Wish wish(Body target) {
        String key = target.only(HINT);
        return switch (key) {
            case "time" -> new Wish.AtTime(target.text(key));
            case "lsn" -> new Wish.AtLsn(target.text(key));
            case "xid" -> new Wish.WithXid(target.optionalNumber(key).orElseThrow());
            case "beforeXid" -> new Wish.BeforeXid(target.optionalNumber(key).orElseThrow());
            case "restorePoint" -> new Wish.AtRestorePoint(target.text(key));
            case "earliest" -> new Wish.Earliest();
            case "latest" -> new Wish.Latest();
            case "backup" -> new Wish.OfBackup(target.text(key));
            default -> throw new IllegalStateException("not a target: " + key);
        };
    }
}
