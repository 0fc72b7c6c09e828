/**
 * The packaged program, tried as a user has it: through the launcher {@code ./pgkeep}, against real
 * PostgreSQL servers, and killed at bad moments.
 *
 * <p>Lives here: {@link org.pgkeep.cli.system.Station}, a home of pgkeep with everything that runs
 * in it, and the tests that use it. The one path: open a station, type lines, kill what is to be
 * killed, compare what came back with the writers' truth (testkit's ledger), close the station,
 * which leaves nothing behind. Must never touch: pgkeep's classes, save the reader of JSON; what is
 * true of the program is what it prints, its exit codes, its files, and SQL.
 */
@NullMarked
package org.pgkeep.cli.system;

import org.jspecify.annotations.NullMarked;
