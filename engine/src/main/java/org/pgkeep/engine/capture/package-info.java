/**
 * The log on its way in: captured from a running server, made durable, brought into the vault.
 *
 * <p>Lives here: {@link org.pgkeep.engine.capture.WalCapture} and its parts. The one path:
 * replication stream, {@link org.pgkeep.engine.capture.Spool} (checked, fsynced, only then
 * confirmed to the server), {@link org.pgkeep.engine.capture.LogShipper}, the vault. Nothing skips
 * a byte silently. Must never touch: the data directory.
 */
@NullMarked
package org.pgkeep.engine.capture;

import org.jspecify.annotations.NullMarked;
