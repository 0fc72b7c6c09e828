package org.pgkeep.postgres;

import java.nio.file.Path;

/**
 * Where a server on this machine listens: the Unix socket {@code .s.PGSQL.PORT} in a directory.
 *
 * @param directory an absolute path; with the socket's name at most 107 bytes long (sun_path)
 * @param port the number in the socket's name, and the TCP port beside it
 */
public record LocalSocket(Path directory, int port) {
    public LocalSocket {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
    }

    /** The socket's file. */
    public Path file() {
        return directory.resolve(".s.PGSQL." + port);
    }
}
