package org.pgkeep.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import javax.net.SocketFactory;

/**
 * Lets pgjdbc in through a server's local socket, where the user who runs pgkeep needs no password.
 * pgjdbc makes it from its name, given as {@code socketFactory}, and the socket's path, given as
 * {@code socketFactoryArg}.
 */
public final class LocalSocketFactory extends SocketFactory {
    private final Path path;

    /** A factory for this socket; called by pgjdbc. */
    public LocalSocketFactory(String path) {
        this.path = Path.of(path);
    }

    @Override
    public Socket createSocket() throws IOException {
        return new LocalSocket(path);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort)
            throws IOException {
        return connected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort)
            throws IOException {
        return connected();
    }

    private Socket connected() throws IOException {
        LocalSocket socket = new LocalSocket(path);
        socket.connect(java.net.UnixDomainSocketAddress.of(path));
        return socket;
    }
}
