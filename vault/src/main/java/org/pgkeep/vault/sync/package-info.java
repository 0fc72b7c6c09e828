/**
 * What runs beside a vault's daily work, on objects as they are stored: copying tiers and regions,
 * and reading everything again.
 *
 * <p>Lives here: {@link org.pgkeep.vault.sync.TierSync} brings one tier to what another holds,
 * {@link org.pgkeep.vault.sync.GeoStore} copies to a paired region afterwards, {@link
 * org.pgkeep.vault.sync.Scrub} reads every copy of everything; {@link
 * org.pgkeep.vault.sync.AllTiers} and {@link org.pgkeep.vault.sync.LastLocation} read from whatever
 * is left. The one path: list, compare, do what is lacking, list again; so each can be cut off
 * anywhere and begun again. Must never touch: keys or clear bytes. Whether an object is whole is
 * asked of a {@link org.pgkeep.vault.copy.CopyCheck}, what a snapshot refers to of {@link
 * org.pgkeep.vault.copy.SnapshotNeeds}.
 */
@NullMarked
package org.pgkeep.vault.sync;

import org.jspecify.annotations.NullMarked;
