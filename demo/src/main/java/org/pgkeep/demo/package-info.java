/**
 * The tour: a table is lost and comes back, on a real PostgreSQL, proved against what the clients
 * know.
 *
 * <p>Lives here: {@link org.pgkeep.demo.Demo}, the recipe with one line for each step; {@code
 * Stage}, the temporary home and what has to be cleared away; {@code Commands}, which types
 * pgkeep's commands; {@code Narrator}, which tells what happens; {@code LocalSocketFactory},
 * pgjdbc's way through a Unix socket. The one path: type a command, read its JSON, tell the
 * figures. Must never touch: pgkeep's own classes: it drives the product as a user does, and judges
 * with {@code testkit}.
 */
@NullMarked
package org.pgkeep.demo;

import org.jspecify.annotations.NullMarked;
