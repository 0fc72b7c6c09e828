/**
 * Long works that survive the process that does them.
 *
 * <p>Lives here: {@link org.pgkeep.service.job.JobRunner}, which keeps, starts and ends jobs, and
 * {@link org.pgkeep.service.job.Recipe}, what a job of one kind does. The one path: an order is
 * written into the catalog, waits for its turn, its recipe runs, its end is written. After a
 * restart every job without an end is run again from its start; so a recipe must be able to follow
 * after itself, killed at any instruction. Must never touch: what the works are about.
 */
@NullMarked
package org.pgkeep.service.job;

import org.jspecify.annotations.NullMarked;
