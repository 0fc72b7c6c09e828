package org.pgkeep.postgres.wire;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.pgkeep.postgres.LocalSocket;

/**
 * Listens on a Unix socket, takes one connection, and says what it was told to, whatever it hears.
 */
final class ScriptedPeer implements AutoCloseable {
    private final LocalSocket at;
    private final ServerSocketChannel listener;
    private final CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();

    ScriptedPeer(byte[]... words) throws IOException {
        Path directory = Files.createTempDirectory("pgk");
        at = new LocalSocket(directory, 5432);
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(at.file()));
        var _ = Thread.ofVirtual().start(() -> speak(words));
    }

    LocalSocket at() {
        return at;
    }

    /** Ends the connection; what was said before can still be read. */
    void hangUp() throws IOException {
        accepted.join().close();
    }

    private void speak(byte[]... words) {
        try (SocketChannel client = listener.accept()) {
            accepted.complete(client);
            for (byte[] each : words) {
                client.write(ByteBuffer.wrap(each));
            }
            ByteBuffer heard = ByteBuffer.allocate(4096);
            while (client.read(heard) >= 0) {
                heard.clear();
            }
        } catch (IOException e) {
            return; // the test is over
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(at.file());
        Files.deleteIfExists(at.directory());
    }
}
