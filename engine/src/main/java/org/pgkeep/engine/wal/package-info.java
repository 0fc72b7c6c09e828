/**
 * The log as the vault holds it: read back.
 *
 * <p>Lives here: {@link org.pgkeep.engine.wal.WalArchive}, what is held, and what reads through it:
 * {@link org.pgkeep.engine.wal.WalScan}, {@link org.pgkeep.engine.wal.Moments}. How it comes in is
 * told in {@code capture}. The one path: the vault's listing, the objects that hold a stretch, the
 * records in them. Must never touch: a running server.
 */
@NullMarked
package org.pgkeep.engine.wal;

import org.jspecify.annotations.NullMarked;
