/**
 * Encrypted write-once storage.
 *
 * <p>Lives here: the vault's nouns (archives, snapshots, packs, slices, file maps, logs, documents)
 * and the port {@link org.pgkeep.vault.ObjectStore} that its objects are kept behind. The one path
 * through it: {@link org.pgkeep.vault.Vault#open} with a key; {@link
 * org.pgkeep.vault.PackWriter#appendData} turns clear bytes into slices of sealed packs; {@link
 * org.pgkeep.vault.Archive#publish} makes a tree of such slices exist as a snapshot; {@link
 * org.pgkeep.vault.Archive#tree} and {@link org.pgkeep.vault.ChunkReader#read} lead back. Every
 * byte is told of in {@code docs/format.md}. Must never touch: a server, the clock, a network, or
 * anything of PostgreSQL's.
 */
@NullMarked
package org.pgkeep.vault;

import org.jspecify.annotations.NullMarked;
