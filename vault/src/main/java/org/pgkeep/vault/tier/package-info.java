/**
 * What a vault's tiers are.
 *
 * <p>Lives here: the values that say where each tier keeps its objects, how often, and for how long
 * ({@link org.pgkeep.vault.tier.TierSettings}, {@link org.pgkeep.vault.tier.TierList}). The one
 * path: {@link org.pgkeep.vault.Vault#tiers} reads the list, {@link
 * org.pgkeep.vault.Vault#putTiers} stores the next version of it. Must never touch: a store, a key,
 * or a secret; addresses stand here, what opens them does not.
 */
@NullMarked
package org.pgkeep.vault.tier;

import org.jspecify.annotations.NullMarked;
