package org.pgkeep.engine.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.WorkLease;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerConfiguration;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.Instance;
import org.pgkeep.postgres.instance.ServerState;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/** Carries out restore plans. */
public final class Restorer {
    /** Room for what recovery itself writes, beside the files and the WAL. */
    private static final long ROOM_BYTES = 256L << 20;

    /** Recovery may take as long as it takes; it is given up only when nothing moves any more. */
    private static final Duration REPLAY_AT_MOST = Duration.ofHours(24);

    private final Vault vault;
    private final InstantSource clock;

    /** Restores out of that vault. */
    public Restorer(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * Makes a new server out of a plan. It runs, fenced, when this returns; when it fails, nothing
     * of it is left. What an earlier try of the same server left is removed first.
     *
     * <p>What a crash leaves: a folder that is marked as the new server's and that PostgreSQL
     * refuses to start, because {@code pg_control} goes in last, after everything else is durable;
     * or, behind that, a server in recovery that stops where the plan says whoever starts it.
     *
     * @param place the new server's own place
     * @throws Failure NO_SPACE, FOREIGN_DIRECTORY, PORT_TAKEN before anything is written;
     *     DAMAGED_OBJECT or MISSING_OBJECT from the vault; SERVER_DID_NOT_START; WRONG_END
     */
    public RestoreOutcome restore(RestorePlan plan, ServerPlace place, ProgressListener progress) {
        Instant began = clock.instant();
        refuseOtherMajor(plan, place);
        ManagedServer server = new ManagedServer(place);
        server.refuseTakenPort();
        server.claimRoot();
        // what is read from here on is neither swept nor expired
        try (WorkLease _ =
                WorkLease.forReading(vault, clock, plan.source().id(), plan.snapshot().id())) {
            refuseTooSmall(plan, place.root());
            // the files, save pg_control; its bytes come back for the last step
            ServerArchive archive = new ServerArchive(vault, plan.source().id());
            List<TreeEntry> tree = archive.tree(plan.snapshot().id());
            DirectoryWriter writer = new DirectoryWriter(vault, Landing.of(place), progress);
            writer.writeFiles(tree);
            // the WAL up to the end, so that recovery has all it reads on its own disk
            Path wal = place.dataDirectory().resolve("pg_wal");
            writer.linkTablespaces(WalPlacer.place(archive, plan, wal, progress));
            // how to recover, and nobody let in
            fence(plan, server);
            // everything durable and the server's own, then the file without which it can't start
            progress.report(new Progress("making it durable", 0, 0));
            place.runAs().own(place.root());
            sync(place.root());
            writer.writeControlFile(tree);
            Duration restored = Duration.between(began, clock.instant());
            // PostgreSQL replays, promotes itself to a timeline of its own, and is looked at
            replay(place.instance(), plan, progress);
            openHalfDropped(plan, place);
            RestoreChecks checks = new RestoreChecks(plan, place);
            RestoreOutcome outcome =
                    checks.check(restored, Duration.between(began, clock.instant()));
            forgetRecovery(server);
            return outcome;
        } catch (RuntimeException failed) {
            removeHalfMade(server, failed);
            throw failed;
        }
    }

    private static void removeHalfMade(ManagedServer server, RuntimeException failed) {
        try {
            server.removeRootEvenIfInterrupted();
        } catch (Failure alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }

    private static void refuseOtherMajor(RestorePlan plan, ServerPlace place) {
        int wanted = plan.snapshot().version().major();
        int there = place.installation().version().major();
        if (wanted != there) {
            throw new Failure(
                    Code.NO_BINARIES,
                    "the backup is of PostgreSQL " + wanted + ", the executables are of " + there,
                    "install PostgreSQL " + wanted + " on this machine");
        }
    }

    /**
     * Refuses a disk on which there is no room for it.
     *
     * @param folder a folder of that disk
     * @throws Failure NO_SPACE
     */
    public static void refuseTooSmall(RestorePlan plan, Path folder) {
        long needed = plan.snapshot().figures().sizeBytes() + plan.walBytes() + ROOM_BYTES;
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < needed) {
                throw new Failure(
                        Code.NO_SPACE,
                        "the restore needs "
                                + (needed >> 20)
                                + " MiB below "
                                + folder
                                + ", there are "
                                + (free >> 20)
                                + " MiB",
                        "make room, or choose a place on a larger disk");
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "the free space below " + folder + " can't be told: " + e.getMessage(),
                    "look at the disk",
                    e);
        }
    }

    /**
     * The new server writes into nobody's archive, follows nobody, subscribes to nothing, waits for
     * no standby, preloads nothing, and lets nobody in; its own end of recovery stands in a file,
     * so that whoever starts it starts the same recovery.
     */
    private static void fence(RestorePlan plan, ManagedServer server) {
        server.configure(ServerConfiguration.Firewall.CLOSED, RecoverySettings.staying(plan));
        // all WAL is in pg_wal already: whatever is asked for beside it does not exist
        server.write(
                "postgresql.auto.conf",
                "# Written by pgkeep for the recovery.\n"
                        + RecoverySettings.lines(RecoverySettings.recovery(plan, "false")));
        server.write("backup_label", plan.snapshot().backupLabel());
        server.write("recovery.signal", "");
    }

    /** One sync of the file system instead of one a file. */
    static void sync(Path root) {
        try {
            Process sync = new ProcessBuilder("sync", "-f", root.toString()).start();
            if (sync.waitFor() != 0) {
                throw new IOException("sync ended with " + sync.exitValue());
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "the restored files can't be made durable: " + e.getMessage(),
                    "look at the disk",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private static void replay(Instance instance, RestorePlan plan, ProgressListener progress) {
        progress.report(new Progress("replaying WAL", 0, plan.walBytes()));
        instance.startAndReturn(Map.of());
        ReplayWatch watch = new ReplayWatch(instance, plan, progress);
        try {
            instance.await(EnumSet.of(ServerState.STANDBY, ServerState.READY), REPLAY_AT_MOST);
            watch.awaitWritable(REPLAY_AT_MOST);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    /**
     * A DROP DATABASE first marks the database as not to be used any more, in place, which no
     * rollback takes back (dropdb in dbcommands.c). The plan ends before its files went.
     */
    private static void openHalfDropped(RestorePlan plan, ServerPlace place) {
        if (plan.halfDropped().isEmpty()) {
            return;
        }
        try (WireConnection connection =
                Sessions.open(place.socket(), ServerPlace.SUPERUSER, "pgkeep restore")) {
            for (long database : plan.halfDropped()) {
                connection.query(
                        "UPDATE pg_database SET datconnlimit = -1 WHERE datconnlimit = -2 AND oid ="
                                + " "
                                + database);
            }
        }
    }

    private static Failure interrupted(InterruptedException e) {
        return new Failure(
                Code.INTERRUPTED,
                "the restore was ended before it was done",
                "ask for it again",
                e);
    }

    private static void forgetRecovery(ManagedServer server) {
        server.write("postgresql.auto.conf", "# Do not edit this file manually!\n");
    }
}
