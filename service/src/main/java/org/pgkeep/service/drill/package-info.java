/**
 * Restore drills: asked for by somebody or by the calendar, made as jobs, kept as their results.
 *
 * <p>Lives here: what can be asked about drills, the calendar, the recipe and the document. The one
 * path: {@link org.pgkeep.service.drill.DrillRequests} plans and orders a job, {@link
 * org.pgkeep.service.drill.DrillRecipe} carries it out, its result is the {@link
 * org.pgkeep.service.drill.DrillView}. Must never touch: the catalog's servers, the vault's
 * documents: a drill's server is nobody's.
 */
@NullMarked
package org.pgkeep.service.drill;

import org.jspecify.annotations.NullMarked;
