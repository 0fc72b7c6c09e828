/**
 * What can go wrong, in one catalogue.
 *
 * <p>Lives here: {@link org.pgkeep.failure.Code}, one constant per expected failure, and {@link
 * org.pgkeep.failure.Failure}, the exception that carries it with a message and a hint. The one
 * path: whoever meets the failure throws it with the sentence and the next step; it passes every
 * floor unchanged; the face that asked prints both. Must never touch: anything else of the house.
 */
@NullMarked
package org.pgkeep.failure;

import org.jspecify.annotations.NullMarked;
