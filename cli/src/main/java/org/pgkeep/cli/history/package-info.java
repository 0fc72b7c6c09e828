/**
 * What can be gone back to: {@code pgkeep moments} and {@code pgkeep ranges}.
 *
 * <p>Lives here: one class for each. The one path: one request, its answer becomes a table or stays
 * JSON. Must never touch: the service's classes.
 */
@NullMarked
package org.pgkeep.cli.history;

import org.jspecify.annotations.NullMarked;
