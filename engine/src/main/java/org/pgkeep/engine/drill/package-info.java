/**
 * Restore drills: a restorable moment is really restored, recovered, started and looked into, page
 * by page where PostgreSQL can do that, and thrown away. What is left is the proof, with its
 * measured times.
 */
@NullMarked
package org.pgkeep.engine.drill;

import org.jspecify.annotations.NullMarked;
