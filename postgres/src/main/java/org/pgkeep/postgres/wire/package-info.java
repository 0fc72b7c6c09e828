/**
 * Speaks to a server: PostgreSQL's protocol 3.0 over a Unix socket, as far as a backup needs it.
 *
 * <p>Lives here: {@link org.pgkeep.postgres.wire.WireConnection}, the one way in, and the small
 * parts it is made of. The one path: a frame comes in through {@code MessageReader}, is taken apart
 * by {@code MessageBody}, and leaves as a row, a {@link
 * org.pgkeep.postgres.wire.ReplicationMessage} or a failure. Must never touch: files, the log's
 * contents (bytes of WAL are handed on as they came), or the clock.
 */
@NullMarked
package org.pgkeep.postgres.wire;

import org.jspecify.annotations.NullMarked;
