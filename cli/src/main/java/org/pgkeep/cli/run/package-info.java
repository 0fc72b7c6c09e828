/**
 * The service's life and the commands around it: {@code up}, {@code down}, {@code status}, {@code
 * demo}, {@code completion}.
 *
 * <p>Lives here: one class for each, and {@link org.pgkeep.cli.run.Detached}, which starts the
 * service in a session of its own. The one path: {@code up} hands over to the service in this
 * process and returns when that has ended. Must never touch: the service's classes, except {@code
 * Foreground}, which is the place where the house is put together.
 */
@NullMarked
package org.pgkeep.cli.run;

import org.jspecify.annotations.NullMarked;
