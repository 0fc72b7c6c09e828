/**
 * {@code pgkeep vault key …}, {@code vault rotate}, {@code vault kit}.
 *
 * <p>Lives here: one class for each verb, and {@link org.pgkeep.cli.key.SecretFiles}, which reads
 * what opens a vault. The one path: files become one request, its answer becomes a table or stays
 * JSON. Must never touch: another noun, the service's classes; and no secret may come onto a
 * command line, into a message or onto a terminal.
 */
@NullMarked
package org.pgkeep.cli.key;

import org.jspecify.annotations.NullMarked;
