/**
 * What the write-ahead log says.
 *
 * <p>Lives here: {@link org.pgkeep.postgres.wal.WalReader}, which turns bytes into records; {@link
 * org.pgkeep.postgres.wal.WalEvents}, which turns the few records that matter to a restore into
 * {@link org.pgkeep.postgres.wal.WalEvent}; {@link org.pgkeep.postgres.wal.WalPages}, the cheap
 * check of page headers. The one path: bytes in LSN order, {@code WalReader.feed}, a record, {@code
 * WalEvents.decode}, an event. PostgreSQL 13 to 18. Must never touch: files, sockets, clocks.
 */
@NullMarked
package org.pgkeep.postgres.wal;

import org.jspecify.annotations.NullMarked;
