package org.pgkeep.engine;

import java.nio.file.Path;
import org.pgkeep.postgres.LocalSocket;

/**
 * How the engine reaches a running server that it protects.
 *
 * @param id its identity
 * @param dataDirectory its data directory, readable here
 * @param socket where it listens on this machine
 * @param user a superuser who is let in over the socket without a password
 */
public record ProtectedServer(ServerId id, Path dataDirectory, LocalSocket socket, String user) {}
