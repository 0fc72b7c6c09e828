package org.pgkeep.postgres.wire;

import java.time.Instant;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** What comes over a connection that streams WAL (protocol-replication.html). */
public sealed interface ReplicationMessage {
    /**
     * Bytes of WAL. A message may hold any run of bytes, not whole records, at most 128 KiB.
     *
     * @param start the position of its first byte
     * @param serverEnd how far the server could send (its flushed end) when it sent this
     * @param sentAt the server's clock when it sent this
     * @param buffer where the bytes are; the connection's own buffer, overwritten by the next call
     *     to {@link WireConnection#receive()} or {@link WireConnection#pending()}
     * @param offset where they begin in it
     * @param length how many they are
     */
    @SuppressWarnings("ArrayRecordComponent") // lent, not owned: a copy would cost every WAL byte
    record WalData(Lsn start, Lsn serverEnd, Instant sentAt, byte[] buffer, int offset, int length)
            implements ReplicationMessage {
        /** The position behind its last byte. */
        public Lsn end() {
            return start.plus(length);
        }
    }

    /**
     * A sign of life. All WAL up to {@code serverEnd} was sent before it.
     *
     * @param serverEnd how far the server has sent
     * @param sentAt the server's clock when it sent this
     * @param replyRequested whether the server ends the connection ({@code wal_sender_timeout})
     *     unless {@link WireConnection#confirm} is called at once; doing so is the caller's task,
     *     for only it knows what is durable
     */
    record Keepalive(Lsn serverEnd, Instant sentAt, boolean replyRequested)
            implements ReplicationMessage {}

    /**
     * The timeline ends here: the server was promoted. The connection streams no longer and takes
     * the next command, such as {@link WireConnection#startReplication} on the next timeline.
     *
     * @param next the timeline that goes on
     * @param switchPoint the position where it begins; every byte before it was sent
     */
    record EndOfTimeline(TimelineId next, Lsn switchPoint) implements ReplicationMessage {}
}
