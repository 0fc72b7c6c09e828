/**
 * Which blocks a stretch of the log changed.
 *
 * <p>Lives here: {@link org.pgkeep.postgres.change.ChangeCollector}, which is given records, and
 * {@link org.pgkeep.postgres.change.ChangedBlocks}, the map it makes: it can be joined with others,
 * written, read, and asked about a file. The one path: a record and its event, {@code
 * ChangeCollector.take}, {@code ChangedBlocks}, {@code FileChanges}. A map may be too large, never
 * too small: the rules are those of PostgreSQL's own summariser (walsummarizer.c) or stricter. Must
 * never touch: files, clocks.
 */
@NullMarked
package org.pgkeep.postgres.change;

import org.jspecify.annotations.NullMarked;
