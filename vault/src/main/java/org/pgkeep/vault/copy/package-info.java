/**
 * Several copies of every object.
 *
 * <p>Lives here: stores that keep each object in more than one location, what brings copies back
 * into line, and what copies a whole tier to another one. The one path: a put reaches as many
 * locations as its redundancy asks for before it returns; what is lacking afterwards is seen by
 * comparing listings, and repaired. Must never touch: keys or clear bytes. Whether a copy is good,
 * and what a snapshot refers to, is told by whoever opens it.
 */
@NullMarked
package org.pgkeep.vault.copy;

import org.jspecify.annotations.NullMarked;
