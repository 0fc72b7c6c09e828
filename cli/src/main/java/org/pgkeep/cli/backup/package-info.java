/**
 * {@code pgkeep backup …}.
 *
 * <p>Lives here: one class for each verb, and {@link org.pgkeep.cli.backup.BackupText}, backups as
 * people read them. The one path: options become one request, its answer becomes a table or stays
 * JSON. Must never touch: another noun, the service's classes.
 */
@NullMarked
package org.pgkeep.cli.backup;

import org.jspecify.annotations.NullMarked;
