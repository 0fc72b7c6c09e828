/**
 * What people mean when they type a moment.
 *
 * <p>Lives here: {@link org.pgkeep.service.moment.MomentParser}, the only reader of moments and
 * spans in the house. The one path: a text, the present and the user's zone go in; an instant or a
 * sentence that says what is wrong comes out. Must never touch: the clock, the default zone, or
 * anything else of the house but the failure catalogue.
 */
@NullMarked
package org.pgkeep.service.moment;

import org.jspecify.annotations.NullMarked;
