package org.pgkeep.vault.lease;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.SnapshotId;

/**
 * A sign of life: somebody works in a place, and what it reads must stay.
 *
 * @param id whose work; the same work begun again after a crash has the same
 * @param renewal how often it was renewed
 * @param at when it was renewed, by its holder's clock
 * @param purpose what is done
 * @param archive for which archive
 * @param reads the snapshots that are read: they count as needed, even when they are deleted
 */
public record Lease(
        UUID id, int renewal, Instant at, Purpose purpose, ArchiveId archive, List<Reading> reads) {
    /** What a lease is held for. */
    public enum Purpose {
        /** The lease can't be read: it may be for anything, and may need whatever is there. */
        UNREADABLE(0),
        /** A snapshot is being taken: packs of it may be there that nothing refers to yet. */
        SNAPSHOT(1),
        /** Something is read for a restore or a check. */
        RESTORE(2),
        /** A sweep: there is one at a time. */
        SWEEP(3);

        private final int code;

        Purpose(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Optional<Purpose> of(int code) {
            return Arrays.stream(values())
                    .filter(each -> each != UNREADABLE && each.code == code)
                    .findFirst();
        }
    }

    /**
     * A snapshot that is read.
     *
     * @param archive whose
     * @param snapshot which
     */
    public record Reading(ArchiveId archive, SnapshotId snapshot) {}

    public Lease {
        reads = List.copyOf(reads);
    }

    /** One whose object is damaged: that it is there, and how often it was renewed, is known. */
    static Lease unreadable(UUID id, int renewal) {
        return new Lease(
                id,
                renewal,
                Instant.EPOCH,
                Purpose.UNREADABLE,
                new ArchiveId(new UUID(0, 0)),
                List.of());
    }

    /** Whether nobody can tell what it is for. */
    public boolean isUnreadable() {
        return purpose == Purpose.UNREADABLE;
    }

    /** Whether the work is, or may be, about an archive, or reads from it. */
    public boolean concerns(ArchiveId other) {
        return isUnreadable()
                || archive.equals(other)
                || reads.stream().anyMatch(each -> each.archive().equals(other));
    }
}
