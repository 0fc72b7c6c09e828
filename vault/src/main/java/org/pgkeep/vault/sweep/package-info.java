/**
 * Taking away what nothing needs any more, and counting what is there.
 *
 * <p>Lives here: {@link org.pgkeep.vault.sweep.Sweep}, one look at one place and what it may
 * remove; {@link org.pgkeep.vault.sweep.Tombstones}, what was deleted; {@link
 * org.pgkeep.vault.sweep.Leases}, who works here and must not be disturbed; {@link
 * org.pgkeep.vault.sweep.Pins}; {@link org.pgkeep.vault.sweep.Census}, bytes by owner. The one
 * path: list the packs, then the leases, then the snapshots; follow the snapshots' maps; what was
 * not reached is noted, and removed by a later look that still does not reach it. Must never touch:
 * what a snapshot or a log means, and whether it is still wanted. The engine decides that.
 */
@NullMarked
package org.pgkeep.vault.sweep;

import org.jspecify.annotations.NullMarked;
