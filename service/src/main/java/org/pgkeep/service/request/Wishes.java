package org.pgkeep.service.request;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.service.moment.MomentParser;
import org.pgkeep.service.request.RestoreRequests.Wish;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;

/** Understands where a restore is to end. */
public final class Wishes {
    private Wishes() {}

    /**
     * The target meant.
     *
     * @param source the server whose past is meant
     * @param name its name, for what is said
     * @param now what spans count back from
     * @throws Failure {@code BAD_ARGUMENT}, {@code UNKNOWN_BACKUP}
     */
    public static RestoreTarget target(
            ServerId source, String name, Wish wish, ZoneId zone, Instant now, Vault from) {
        return switch (wish) {
            case Wish.AtTime(String text) ->
                    new RestoreTarget.ToTime(MomentParser.parse(text, now, zone));
            case Wish.AtLsn(String text) -> new RestoreTarget.ToLsn(lsn(text));
            case Wish.WithXid(long xid) -> new RestoreTarget.ToXid(xid(xid));
            case Wish.BeforeXid(long xid) -> new RestoreTarget.BeforeXid(xid(xid));
            case Wish.AtRestorePoint(String point) -> new RestoreTarget.ToRestorePoint(point);
            case Wish.Earliest() -> new RestoreTarget.Earliest();
            case Wish.Latest() -> new RestoreTarget.Latest();
            case Wish.OfBackup(String nameOrId) ->
                    new RestoreTarget.ToBackup(backup(from, source, name, nameOrId));
        };
    }

    /** The numbers a transaction in the WAL can have: 32 bits, without their epoch, from 3 on. */
    private static long xid(long number) {
        if (number < 3 || number > 0xFFFF_FFFFL) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    number + " is no transaction's number",
                    "write it as pgkeep moments shows it, from 3 to 4294967295");
        }
        return number;
    }

    /**
     * A position as PostgreSQL writes it.
     *
     * @throws Failure {@code BAD_ARGUMENT}
     */
    public static Lsn lsn(String text) {
        try {
            return Lsn.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + text + "\" is no position in the WAL",
                    "write it as PostgreSQL does, like 16/B374D848",
                    e);
        }
    }

    private static SnapshotId backup(Vault vault, ServerId source, String name, String nameOrId) {
        List<SnapshotInfo> snapshots = new ServerArchive(vault, source).snapshots();
        return snapshots.stream()
                .filter(each ->
                        each.name().equals(nameOrId) || each.id().toString().equals(nameOrId))
                .reduce((older, newer) -> newer)
                .map(SnapshotInfo::id)
                .orElseThrow(() ->
                        new Failure(
                                Code.UNKNOWN_BACKUP,
                                "server \"" + name + "\" has no backup \"" + nameOrId + "\"",
                                "list them with: pgkeep backup list -n " + name));
    }
}
