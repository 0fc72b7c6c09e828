/**
 * Restores: any moment, into a new server.
 *
 * <p>Lives here: {@link org.pgkeep.engine.restore.RestorePlanner} (what would happen, or why it
 * can't), {@link org.pgkeep.engine.restore.Restorer} (the recipe), {@link
 * org.pgkeep.engine.restore.Ranges} (what can be gone back to). The one path: target, plan, files
 * and WAL out of the vault, recovery settings, {@code pg_control} last, PostgreSQL replays, checks.
 * Must never touch: the origin, its archive, or a directory that is not the new server's own.
 */
@NullMarked
package org.pgkeep.engine.restore;

import org.jspecify.annotations.NullMarked;
