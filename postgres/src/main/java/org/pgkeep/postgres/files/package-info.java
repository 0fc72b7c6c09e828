/**
 * What the files of a data directory mean.
 *
 * <p>Lives here: {@link org.pgkeep.postgres.files.DataDirectory}, which lists what a backup takes;
 * {@link org.pgkeep.postgres.files.ControlFile}; {@link org.pgkeep.postgres.files.BackupLabel};
 * {@link org.pgkeep.postgres.files.PageChecksum}. The one path: list, read, check pages. PostgreSQL
 * 13 to 18. Must never touch: a running server, or write anything.
 */
@NullMarked
package org.pgkeep.postgres.files;

import org.jspecify.annotations.NullMarked;
