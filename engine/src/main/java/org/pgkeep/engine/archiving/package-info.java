/**
 * The log of servers that hand it over segment by segment ({@code archive_command}) and ask for it
 * so ({@code restore_command}), for those that forbid replication.
 *
 * <p>Lives here: {@link org.pgkeep.engine.archiving.WalPusher}, which takes files of {@code pg_wal}
 * into the vault, in the same pieces of log as the capture; {@link
 * org.pgkeep.engine.archiving.WalFetcher}, which gives out any held WAL as such files, wherever it
 * came from; {@link org.pgkeep.engine.archiving.ArchiveCapture}, which knows how far such a server
 * is held. The way in: file, {@link org.pgkeep.engine.archiving.SegmentCheck}, vault, and only then
 * success. Must never touch: a spool; a server keeps what it could not hand over.
 */
@NullMarked
package org.pgkeep.engine.archiving;

import org.jspecify.annotations.NullMarked;
