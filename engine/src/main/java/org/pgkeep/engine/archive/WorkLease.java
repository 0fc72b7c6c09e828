package org.pgkeep.engine.archive;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the sweep away from what a snapshot, a restore or a check works with: a lease in the vault,
 * renewed by a thread of its own for as long as the work goes on.
 */
public final class WorkLease implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkLease.class);

    /** Empty where nothing can be written. */
    private final Optional<HeldLease> lease;

    private final Thread renewer;

    /** Whether the next try is to find the lease, if this one ends before it is done. */
    private volatile boolean stays;

    private WorkLease(Optional<HeldLease> lease) {
        this.lease = lease;
        this.renewer = Thread.ofVirtual().name("lease").start(this::keepRenewing);
    }

    /** For a snapshot of that id, which is going to refer to others. */
    public static WorkLease forSnapshot(
            Vault vault,
            InstantSource clock,
            ServerId server,
            SnapshotId id,
            List<SnapshotId> bases) {
        return take(vault, clock, id.value(), Lease.Purpose.SNAPSHOT, server, bases);
    }

    /**
     * For a snapshot that goes on where another one was cut short: what that one stored is kept on.
     *
     * @param left the lease that it left
     * @return empty where that was given up for dead
     */
    public static Optional<WorkLease> forSnapshotAfter(
            Vault vault, InstantSource clock, ServerId server, UUID left, List<SnapshotId> bases) {
        return new Leases(vault, clock)
                .takeOver(left, Lease.Purpose.SNAPSHOT, server.archive(), readings(server, bases))
                .map(lease -> new WorkLease(Optional.of(lease)));
    }

    /**
     * For reading a snapshot and the WAL behind it. Where nothing can be written, it goes without:
     * nothing is swept there either, and what should be gone all the same is missed when it is
     * read.
     *
     * @throws Failure UNKNOWN_BACKUP if it was deleted meanwhile
     */
    public static WorkLease forReading(
            Vault vault, InstantSource clock, ServerId server, SnapshotId id) {
        WorkLease lease;
        try {
            lease = take(vault, clock, vault.newId(), Lease.Purpose.RESTORE, server, List.of(id));
        } catch (Failure failure) {
            if (failure.code() != Code.STORE_UNAVAILABLE) {
                throw failure;
            }
            LOG.warn("reading backup {} without a lease: {}", id, failure.message());
            lease = new WorkLease(Optional.empty());
        }
        // what was deleted before the lease was there is not kept by it
        if (vault.archive(server.archive()).snapshot(id).isEmpty()) {
            lease.close();
            throw new Failure(
                    Code.UNKNOWN_BACKUP,
                    "backup " + id + " was deleted, or has expired",
                    "list what is there with: pgkeep backup list");
        }
        return lease;
    }

    private static WorkLease take(
            Vault vault,
            InstantSource clock,
            UUID id,
            Lease.Purpose purpose,
            ServerId server,
            List<SnapshotId> reads) {
        return new WorkLease(
                Optional.of(
                        new Leases(vault, clock)
                                .take(id, purpose, server.archive(), readings(server, reads))));
    }

    private static List<Lease.Reading> readings(ServerId server, List<SnapshotId> reads) {
        return reads.stream().map(each -> new Lease.Reading(server.archive(), each)).toList();
    }

    private void keepRenewing() {
        while (true) {
            try {
                Thread.sleep(Leases.RENEW_EVERY);
                lease.ifPresent(HeldLease::renew);
            } catch (InterruptedException e) {
                return;
            } catch (Failure failure) {
                LOG.warn("a lease could not be renewed: {}", failure.message());
                if (failure.code() == Code.INTERRUPTED) {
                    return;
                }
            }
        }
    }

    /**
     * Has to be called right before a result is published.
     *
     * @throws Failure INTERRUPTED when the sweep gave this work up for dead, and may have removed
     *     what it stored
     */
    public void confirm() {
        lease.ifPresent(HeldLease::renew);
    }

    /**
     * From now on the lease stays in the vault when this is closed, until {@link #done}: whoever
     * goes on with the work takes it over. If nobody does, the sweep finds out that it is dead.
     */
    public void leaveUnlessDone() {
        stays = true;
    }

    /** The work has its result: nobody goes on with it. */
    public void done() {
        stays = false;
    }

    /** Gives the lease back; one that can't be is found out to be dead later. */
    @Override
    public void close() {
        renewer.interrupt();
        if (stays) {
            return;
        }
        try {
            lease.ifPresent(HeldLease::close);
        } catch (Failure failure) {
            LOG.warn("a lease could not be given back: {}", failure.message());
        }
    }
}
