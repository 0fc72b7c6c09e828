package org.pgkeep.vault.lease;

import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** A lease in its holder's hand. Guarded by its own monitor; given back by {@link #close}. */
public final class HeldLease implements AutoCloseable {
    private final Leases leases;
    private Lease lease;
    private boolean lost;
    private boolean closed;

    HeldLease(Leases leases, Lease lease) {
        this.leases = leases;
        this.lease = lease;
    }

    /** What is held. */
    public synchronized Lease lease() {
        return lease;
    }

    /**
     * Says that the holder lives. Before a result is published it has to have worked once more:
     * then nobody has given the holder up, and nothing it relies on was removed.
     *
     * @throws Failure INTERRUPTED when the lease was given up for dead
     */
    public synchronized void renew() {
        if (closed) {
            return;
        }
        Optional<Lease> next = lost ? Optional.empty() : leases.renew(lease);
        if (next.isEmpty()) {
            lost = true;
            throw new Failure(
                    Code.INTERRUPTED,
                    "this work was not heard of for so long that the sweep gave it up for dead",
                    "start it again; look why the vault could not be reached for so long");
        }
        lease = next.get();
    }

    /** Gives it back. */
    @Override
    public synchronized void close() {
        if (!closed && !lost) {
            leases.release(lease);
        }
        closed = true;
    }
}
