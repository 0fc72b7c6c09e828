/**
 * The command line: {@code pgkeep NOUN VERB}.
 *
 * <p>Lives here: {@link org.pgkeep.cli.Main}, the start; {@link org.pgkeep.cli.Pgkeep}, the table
 * of contents with a line for each command; {@link org.pgkeep.cli.Complaints}, how a failure is
 * said. The one path: words are parsed, one command runs, its result goes to standard output,
 * everything else to standard error, and the exit code tells whether it was done (0), refused (2)
 * or failed (1). Must never touch: the service's classes, with one exception: {@code up} starts the
 * service.
 */
@NullMarked
package org.pgkeep.cli;

import org.jspecify.annotations.NullMarked;
