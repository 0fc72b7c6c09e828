/**
 * What is done to protect a server: the nouns of it.
 *
 * <p>Lives here: who is protected ({@link org.pgkeep.engine.ProtectedServer}), what the vault knows
 * of it ({@link org.pgkeep.engine.ServerDocument}, {@link org.pgkeep.engine.SnapshotInfo}), where
 * one can go back to ({@link org.pgkeep.engine.RestorableRange}, {@link org.pgkeep.engine.Moment},
 * {@link org.pgkeep.engine.RestoreTarget}). The work is done next door: {@code capture} brings the
 * log in, {@code wal} reads it, {@code snapshot} takes pictures, {@code restore} brings moments
 * back, {@code server} makes and runs servers, {@code archive} keeps the documents. Must never
 * touch: HTTP, the catalog, a schedule.
 */
@NullMarked
package org.pgkeep.engine;

import org.jspecify.annotations.NullMarked;
