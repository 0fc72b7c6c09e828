package org.pgkeep.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A {@link Socket} that goes through a Unix socket, whatever address it is told to connect to. Time
 * limits are not kept: what it talks to is on this machine.
 */
final class LocalSocket extends Socket {
    private final Path path;
    private final SocketChannel channel;

    LocalSocket(Path path) throws IOException {
        this.path = path;
        this.channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    }

    @Override
    public void connect(SocketAddress ignored) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(path));
    }

    @Override
    public void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
        connect(ignored);
    }

    /** Not {@code Channels.newInputStream}: it and its counterpart would share a lock. */
    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return length == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, length));
            }
        };
    }

    @Override
    public OutputStream getOutputStream() {
        return Channels.newOutputStream(channel);
    }

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void setSoTimeout(int millis) {}

    @Override
    public int getSoTimeout() {
        return 0;
    }

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public boolean getTcpNoDelay() {
        return true;
    }

    @Override
    public void setKeepAlive(boolean on) {}

    @Override
    public void setSendBufferSize(int bytes) {}

    @Override
    public void setReceiveBufferSize(int bytes) {}

    @Override
    public int getSendBufferSize() {
        return 1 << 16;
    }

    @Override
    public int getReceiveBufferSize() {
        return 1 << 16;
    }
}
