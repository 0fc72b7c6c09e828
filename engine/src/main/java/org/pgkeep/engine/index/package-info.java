/**
 * What is in the log, without reading it.
 *
 * <p>Lives here: {@link org.pgkeep.engine.index.WalIndex}, what is known of a range of WAL (its
 * events and the blocks it changed), {@link org.pgkeep.engine.index.IndexBuilder}, which makes it
 * from records, and {@link org.pgkeep.engine.index.IndexStore}, which keeps it in the vault beside
 * the WAL. The one path: a record, {@code IndexBuilder.take}, {@code WalIndex}, {@code
 * IndexStore.put}, and back through {@code summary} or {@code index}. The index is never more than
 * a short cut: where it is missing or damaged, the WAL is read. Must never touch: servers, the data
 * directory.
 */
@NullMarked
package org.pgkeep.engine.index;

import org.jspecify.annotations.NullMarked;
