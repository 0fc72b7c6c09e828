/**
 * What each kind of job does, one class per kind.
 *
 * <p>Lives here: {@link org.pgkeep.service.recipe.CreateServer}, {@link
 * org.pgkeep.service.recipe.TakeBackup}, {@link org.pgkeep.service.recipe.RestoreServer}, {@link
 * org.pgkeep.service.recipe.DeleteServer}, and their common {@link
 * org.pgkeep.service.recipe.Workshop}. The one path: read the parameters, do the steps in order,
 * each of which can be done again, return the final document. Must never touch: HTTP, other jobs.
 */
@NullMarked
package org.pgkeep.service.recipe;

import org.jspecify.annotations.NullMarked;
