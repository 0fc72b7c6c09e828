/**
 * The log: captured from a running server, kept in the vault, read back.
 *
 * <p>Lives here: {@link org.pgkeep.engine.wal.WalCapture} and its parts on the way in, {@link
 * org.pgkeep.engine.wal.WalArchive} and what reads through it on the way out. The way in:
 * replication stream, {@link org.pgkeep.engine.wal.Spool} (checked, fsynced, only then confirmed to
 * the server), {@link org.pgkeep.engine.wal.LogShipper}, the vault. Nothing skips a byte silently.
 * Must never touch: the data directory.
 */
@NullMarked
package org.pgkeep.engine.wal;

import org.jspecify.annotations.NullMarked;
