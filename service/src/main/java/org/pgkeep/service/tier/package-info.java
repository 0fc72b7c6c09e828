/**
 * The vault's tiers at work.
 *
 * <p>Lives here: {@link org.pgkeep.service.tier.Tiers}, which holds the tiers that are open, and
 * brings copies, regions and tiers into line in the background. The one path: the list of tiers in
 * the vault says what there is; each tier is opened, compared and copied to. Must never touch: the
 * catalog, or what servers do.
 */
@NullMarked
package org.pgkeep.service.tier;

import org.jspecify.annotations.NullMarked;
