/**
 * The house rules, as tests.
 *
 * <p>Lives here: {@link org.pgkeep.tidy.Rooms} (who may know whom, and which library stops where),
 * {@link org.pgkeep.tidy.SourceRules} (signs on doors, names, sizes, silent skips) and {@link
 * org.pgkeep.tidy.DocumentRules} (links, hop lists, decision pages), each with a test that applies
 * it to the house; {@code planted} holds faults, and every rule has a test that it finds them. The
 * one path: read classes or files, get complaints, fail with what to do instead. Must never touch:
 * anything at run time; nothing in the house may depend on this room.
 */
@NullMarked
package org.pgkeep.tidy;

import org.jspecify.annotations.NullMarked;
