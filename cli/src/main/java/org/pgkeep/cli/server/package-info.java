/**
 * {@code pgkeep server …}.
 *
 * <p>Lives here: one class for each verb, and {@link org.pgkeep.cli.server.ServerText}, a server as
 * people read it. The one path: options become one request, its answer becomes a table or stays
 * JSON. Must never touch: another noun, the service's classes.
 */
@NullMarked
package org.pgkeep.cli.server;

import org.jspecify.annotations.NullMarked;
