/**
 * A workload whose outcome is known, and the judge of restored copies.
 *
 * <p>Lives here: {@link org.pgkeep.testkit.ledger.Ledger} runs numbered writers against any
 * PostgreSQL from 13 on; {@link org.pgkeep.testkit.ledger.Truth} is what they know to have
 * committed, with bounds in time and in the log; {@link org.pgkeep.testkit.ledger.Check} says in
 * words what a copy restored to a {@link org.pgkeep.testkit.ledger.Target} lacks or has too much.
 * The one path: script (what transaction k of writer w consists of, computed, never stored), writer
 * (does it, tells the truth log before and after COMMIT), copy (reads a restored server), judge
 * (copy against truth).
 *
 * <p>Must never touch: anything of pgkeep, any system column, any file of a server. Plain SQL only,
 * so that a defect of pgkeep cannot hide in its own check. Positions in the log are plain {@code
 * long}s, bytes from the log's origin.
 */
@NullMarked
package org.pgkeep.testkit.ledger;

import org.jspecify.annotations.NullMarked;
