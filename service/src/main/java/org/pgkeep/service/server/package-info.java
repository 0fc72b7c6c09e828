/**
 * The managed servers as they are: where they live, and who looks after them.
 *
 * <p>Lives here: {@link org.pgkeep.service.server.Places} (where a server lives and with which
 * executables it runs), {@link org.pgkeep.service.server.ServerWatch} (keeps one server up and its
 * WAL captured) and {@link org.pgkeep.service.server.ServerViews} (what people get to see). The one
 * path: a row of the catalog, its place, its watch. Must never touch: jobs, HTTP.
 */
@NullMarked
package org.pgkeep.service.server;

import org.jspecify.annotations.NullMarked;
