/**
 * Restore drills: a restorable moment is really restored, recovered, started and looked into, page
 * by page where PostgreSQL can do that, and thrown away. What is left is the proof, with its
 * measured times.
 *
 * <p>Lives here: {@link org.pgkeep.engine.drill.Drill}, the recipe, what it checks, and the choice
 * of a random moment. The one path: plan, {@link org.pgkeep.engine.restore.Restorer}, checks,
 * removal. Must never touch: the origin, its archive, a server that is not the drill's own.
 */
@NullMarked
package org.pgkeep.engine.drill;

import org.jspecify.annotations.NullMarked;
