/**
 * Snapshots: a full picture of a data directory that stores only what changed.
 *
 * <p>Lives here: {@link org.pgkeep.engine.snapshot.Snapshotter}, the recipe, and the readers it
 * sets to work. The one path: {@code pg_backup_start}, list, read and compare with the newest
 * snapshot region by region, append what is new to packs, {@code pg_control} last, {@code
 * pg_backup_stop}, wait for the WAL, publish one document. {@link
 * org.pgkeep.engine.snapshot.Unfinished} notes what was stored in case it is cut short, {@link
 * org.pgkeep.engine.snapshot.Pace} says when to read on. Must never touch: how WAL gets into the
 * vault.
 */
@NullMarked
package org.pgkeep.engine.snapshot;

import org.jspecify.annotations.NullMarked;
