package org.pgkeep.cli.face;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Option;

/** How far to go: exactly one of the ways to say it. */
public final class RestoreTargetOptions {
    @Option(
            names = {"-t", "--time"},
            paramLabel = "MOMENT",
            description = {
                "To this moment. '2026-11-21T21:00:10.87966Z', local time without zone, '06 Sep,"
                        + " 2026 21:00', '06 Sep 21:00', '9:00 pm', or so long ago: 30m 6h 1.5h 2d"
                        + " 1w."
            })
    private @Nullable String time;

    @Option(names = "--lsn", paramLabel = "LSN", description = "To this WAL position: 0/5000028.")
    private @Nullable String lsn;

    @Option(
            names = "--xid",
            paramLabel = "XID",
            description = "To just behind this transaction's commit.")
    private @Nullable Long xid;

    @Option(
            names = "--before",
            paramLabel = "XID",
            description = "To just before this transaction's commit; see: pgkeep moments.")
    private @Nullable Long before;

    @Option(
            names = "--restore-point",
            paramLabel = "NAME",
            description = "To just behind the newest restore point of that name.")
    private @Nullable String restorePoint;

    @Option(names = "--earliest", description = "To the first moment there is.")
    private boolean earliest;

    @Option(names = "--latest", description = "To the last commit that reached the vault.")
    private boolean latest;

    @Option(
            names = {"-bn", "--backup-name"},
            paramLabel = "BACKUP",
            description = "To the end of this backup: its name or ID.")
    private @Nullable String backup;

    /** Whether any target was given. */
    public boolean isGiven() {
        return !given().isEmpty();
    }

    /**
     * The target as the service takes it.
     *
     * @throws Failure BAD_ARGUMENT when none or several were given
     */
    public Json target() {
        List<Map.Entry<String, Json>> given = given();
        if (given.size() != 1) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    given.isEmpty()
                            ? "it isn't said to which moment to restore"
                            : "the moment to restore to is given in " + given.size() + " ways",
                    "give one of -t MOMENT, --lsn, --xid, --before XID, --restore-point,"
                            + " --earliest, --latest, -bn BACKUP");
        }
        return Json.object(Map.ofEntries(given.get(0)));
    }

    /** The target in words, for one that is no instant. */
    public String asAsked() {
        if (before != null) {
            return "just before the commit of transaction " + before;
        }
        if (xid != null) {
            return "just behind the commit of transaction " + xid;
        }
        if (restorePoint != null) {
            return "just behind restore point " + restorePoint;
        }
        if (backup != null) {
            return "the end of backup " + backup;
        }
        if (lsn != null) {
            return "WAL position " + lsn;
        }
        if (earliest) {
            return "the first one there is";
        }
        return latest ? "the last one that reached the vault" : String.valueOf(time);
    }

    private List<Map.Entry<String, Json>> given() {
        List<Map.Entry<String, Json>> given = new ArrayList<>();
        if (time != null) {
            given.add(Map.entry("time", Json.text(time)));
        }
        if (lsn != null) {
            given.add(Map.entry("lsn", Json.text(lsn)));
        }
        if (xid != null) {
            given.add(Map.entry("xid", Json.number(xid)));
        }
        if (before != null) {
            given.add(Map.entry("beforeXid", Json.number(before)));
        }
        if (restorePoint != null) {
            given.add(Map.entry("restorePoint", Json.text(restorePoint)));
        }
        if (earliest) {
            given.add(Map.entry("earliest", Json.truth(true)));
        }
        if (latest) {
            given.add(Map.entry("latest", Json.truth(true)));
        }
        if (backup != null) {
            given.add(Map.entry("backup", Json.text(backup)));
        }
        return given;
    }
}
