/**
 * {@code pgkeep wal}: what PostgreSQL's {@code archive_command} and {@code restore_command} call.
 *
 * <p>Lives here: a class per verb. While the service runs, the launcher talks to it without any of
 * this ({@code tools/wal.sh}), because a JVM for each segment would hold the server back; these are
 * for help, for lines that the launcher does not understand, and for when there is no service. The
 * one path: words, one request, a file or an exit code that PostgreSQL understands. Must never
 * touch: the vault, save through {@link org.pgkeep.cli.direct.DirectVault}, which only reads it.
 */
@NullMarked
package org.pgkeep.cli.wal;

import org.jspecify.annotations.NullMarked;
