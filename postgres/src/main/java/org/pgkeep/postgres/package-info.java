/**
 * What PostgreSQL's files, WAL and wire mean.
 *
 * <p>Lives here: the nouns every floor above speaks ({@link org.pgkeep.postgres.Lsn}, {@link
 * org.pgkeep.postgres.TimelineId}, {@link org.pgkeep.postgres.WalSegment} and their like). Beside
 * it: {@code wire} talks to a server, {@code wal} reads its log, {@code files} reads its data
 * directory, {@code instance} runs it. Must never touch: the vault, or anything above.
 */
@NullMarked
package org.pgkeep.postgres;

import org.jspecify.annotations.NullMarked;
