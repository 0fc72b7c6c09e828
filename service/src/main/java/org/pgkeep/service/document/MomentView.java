package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Moment;
import org.pgkeep.engine.wal.RemovedRelations;

/**
 * Something in the WAL that one may want to go back to.
 *
 * @param time when it happened
 * @param xid the transaction; 0 for a restore point
 * @param lsn where its record starts
 * @param kind {@code commit}, {@code drop}, {@code truncate}, {@code rewrite} or {@code
 *     restorePoint}
 * @param relations what it removed, by name where one is known, else by file; or the restore
 *     point's name
 * @param removed the same with all that is known
 */
public record MomentView(
        Instant time,
        long xid,
        String lsn,
        String kind,
        List<String> relations,
        List<RemovedView> removed) {
    /**
     * Something that was removed.
     *
     * @param name {@code database.schema.name}, or the name of a database; empty where no snapshot
     *     knows it
     * @param file tablespace/database/relfilenode
     * @param sizeBytes how large it was when the snapshot before was taken; null where it is not
     *     known
     */
    public record RemovedView(String name, String file, @Nullable Long sizeBytes) {}

    /** The engine's moment as a document. */
    public static MomentView of(Moment moment, List<RemovedRelations.Removed> removed) {
        String kind =
                switch (moment.kind()) {
                    case COMMIT -> "commit";
                    case DROP -> "drop";
                    case TRUNCATE -> "truncate";
                    case REWRITE -> "rewrite";
                    case RESTORE_POINT -> "restorePoint";
                };
        List<String> relations =
                removed.stream()
                        .map(each -> each.name().orElseGet(() -> each.file().toString()))
                        .toList();
        return new MomentView(
                moment.time(),
                moment.xid(),
                moment.lsn().toString(),
                kind,
                moment.kind() == Moment.Kind.RESTORE_POINT
                        ? List.of(moment.restorePoint())
                        : relations,
                removed.stream().map(MomentView::view).toList());
    }

    private static RemovedView view(RemovedRelations.Removed removed) {
        return new RemovedView(
                removed.name().orElse(""),
                removed.file().toString(),
                removed.bytes().isPresent() ? removed.bytes().getAsLong() : null);
    }
}
