/**
 * {@code pgkeep drill …}.
 *
 * <p>Lives here: one class for each verb. The one path: options become one request, its answer
 * becomes a table or stays JSON. Must never touch: another noun, the service's classes.
 */
@NullMarked
package org.pgkeep.cli.drill;

import org.jspecify.annotations.NullMarked;
