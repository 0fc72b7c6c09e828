package org.pgkeep.postgres.wal;

import java.util.Optional;

/** Decodes the records that matter to a restore, for one major version of PostgreSQL. */
public final class WalEvents {
    private final int major;

    /**
     * A decoder for the WAL of one server.
     *
     * @param major 13 to 18; {@link WalReader#majorVersion()} or the server's own word
     */
    public WalEvents(int major) {
        this.major = major;
    }

    /**
     * What a record means; empty for the many that mean nothing here.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_WAL if the record's CRC was right but its body is
     *     not laid out as this version lays it out
     */
    public Optional<WalEvent> decode(WalRecord record) {
        throw new UnsupportedOperationException(major + " " + record);
    }
}
