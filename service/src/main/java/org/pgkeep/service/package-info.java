/**
 * What is wanted: servers, jobs, the catalog, the REST API.
 *
 * <p>Lives here: {@link org.pgkeep.service.Service}, which puts the parts together, and {@link
 * org.pgkeep.service.ServiceOptions}, all it is told from outside. The one path of a wish: {@code
 * rest} understands it, {@code request} checks it and writes a job into the {@code catalog}, {@code
 * job} runs its {@code recipe}, the engine does the work, {@code server} keeps what was made alive.
 * The vault is the truth about backups, the catalog only about intentions. Must never touch: the
 * bytes of the vault, PostgreSQL's files, pages or WAL.
 */
@NullMarked
package org.pgkeep.service;

import org.jspecify.annotations.NullMarked;
