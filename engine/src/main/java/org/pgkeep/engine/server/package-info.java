/**
 * Servers that pgkeep made and runs on this machine.
 *
 * <p>Lives here: {@link org.pgkeep.engine.server.ServerPlace} (where one lives), {@link
 * org.pgkeep.engine.server.ServerConfiguration} (what stands in its configuration files) and {@link
 * org.pgkeep.engine.server.ManagedServer} (making, starting and stopping it). The one path: a
 * place, {@code initdb} or a restored directory, the configuration, the postmaster. Must never
 * touch: the vault.
 */
@NullMarked
package org.pgkeep.engine.server;

import org.jspecify.annotations.NullMarked;
