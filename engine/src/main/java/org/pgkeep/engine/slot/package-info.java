/**
 * What the server is asked to keep, and who waits for whom.
 *
 * <p>Lives here: {@link org.pgkeep.engine.slot.Slot}, which makes a server keep its WAL until
 * pgkeep has it, and {@link org.pgkeep.engine.slot.ServerDemands}, the settings that bound it and
 * that let commits wait. The one path: the capture asks for the slot when it connects, looks at
 * both now and then, and tells what it saw. Must never touch: the vault, the spool.
 */
@NullMarked
package org.pgkeep.engine.slot;

import org.jspecify.annotations.NullMarked;
