/**
 * The memory of what is wanted: servers and jobs, in a small database.
 *
 * <p>Lives here: {@link org.pgkeep.service.catalog.Catalog} (the database and its migrations),
 * {@link org.pgkeep.service.catalog.ServerTable} and {@link org.pgkeep.service.catalog.JobTable}.
 * The one path: a record goes into its table in one transaction, and is durable when the call
 * returns. It holds intentions only and can be lost: what backups there are, only the vault knows.
 * Must never touch: the vault, a server, HTTP.
 */
@NullMarked
package org.pgkeep.service.catalog;

import org.jspecify.annotations.NullMarked;
