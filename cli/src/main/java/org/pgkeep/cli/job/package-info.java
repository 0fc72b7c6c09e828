/**
 * {@code pgkeep job …}.
 *
 * <p>Lives here: one class for each verb, and {@link org.pgkeep.cli.job.JobText}, jobs as people
 * read them. The one path: one request, its answer becomes a table or stays JSON. Must never touch:
 * another noun, the service's classes.
 */
@NullMarked
package org.pgkeep.cli.job;

import org.jspecify.annotations.NullMarked;
