/**
 * The sealed container: how bytes are compressed, encrypted and bound to their place.
 *
 * <p>Lives here: the one layout all sealed objects share (header, index, frames), the keys derived
 * for it, and the bounds-checked reading of what comes out. The one path: {@link
 * org.pgkeep.vault.seal.ObjectSealer} seals chunk by chunk and opens each again before it lets go
 * of the clear bytes; {@link org.pgkeep.vault.seal.SealedObject} opens an object and its chunks.
 * Must never touch: a store, a file, or what the clear bytes mean.
 */
@NullMarked
package org.pgkeep.vault.seal;

import org.jspecify.annotations.NullMarked;
