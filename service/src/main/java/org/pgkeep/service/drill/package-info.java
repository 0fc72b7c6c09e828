/**
 * Restore drills: asked for by somebody or by the calendar, made as jobs, kept as their results.
 */
@NullMarked
package org.pgkeep.service.drill;

import org.jspecify.annotations.NullMarked;
