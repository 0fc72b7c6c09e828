/**
 * Proof that what is stored can be read.
 *
 * <p>Lives here: {@link org.pgkeep.engine.verify.BackupVerifier}, which reads one backup back. The
 * one path: its files' maps, every chunk they lead to, the WAL from its start to its end. Must
 * never touch: a running server; what it finds broken.
 */
@NullMarked
package org.pgkeep.engine.verify;

import org.jspecify.annotations.NullMarked;
