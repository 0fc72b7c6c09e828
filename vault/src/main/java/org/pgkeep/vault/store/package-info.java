/**
 * Places where a vault's objects are kept.
 *
 * <p>Lives here: one adapter of {@link org.pgkeep.vault.ObjectStore} per kind of place. The one
 * path: write under a temporary name, make durable, publish the name only if it is free. Must never
 * touch: keys or clear bytes; an adapter sees sealed objects alone.
 */
@NullMarked
package org.pgkeep.vault.store;

import org.jspecify.annotations.NullMarked;
