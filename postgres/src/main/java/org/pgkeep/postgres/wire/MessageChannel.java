package org.pgkeep.postgres.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;

/**
 * Messages to and from a socket; where {@code IOException} ends and a failure begins.
 *
 * <p>One owner thread reads. Any thread may send: the lock {@code sending} keeps messages whole,
 * and keeps a sender away while {@link #arrived()} has the socket in its non-blocking mode. Any
 * thread may {@link #abort}; that takes no lock, so it ends a sender that hangs, too.
 */
final class MessageChannel {
    private final LocalSocket at;
    private final SocketChannel socket;
    private final MessageReader reader;
    private final ReentrantLock sending = new ReentrantLock();

    /** Why we ended it ourselves; empty as long as we did not. */
    private volatile String endedBecause = "";

    private MessageChannel(LocalSocket at, SocketChannel socket) {
        this.at = at;
        this.socket = socket;
        this.reader = new MessageReader(socket);
    }

    /** A channel that is not connected yet. */
    static MessageChannel of(LocalSocket at) {
        try {
            return new MessageChannel(at, SocketChannel.open(StandardProtocolFamily.UNIX));
        } catch (IOException e) {
            throw new Failure(
                    Code.SERVER_UNREACHABLE,
                    "could not open a socket: " + e.getMessage(),
                    "look whether pgkeep has too many files open (ulimit -n)",
                    e);
        }
    }

    void connect() {
        try {
            socket.connect(UnixDomainSocketAddress.of(at.file()));
        } catch (IOException e) {
            if (!endedBecause.isEmpty() || e instanceof ClosedByInterruptException) {
                throw lost(e);
            }
            throw new Failure(
                    Code.SERVER_UNREACHABLE,
                    "no server answers at " + at.file() + ": " + e.getMessage(),
                    "look whether PostgreSQL runs, and which unix_socket_directories and port it"
                            + " has",
                    e);
        }
    }

    /** Waits for the next message and gives its type. */
    byte next() {
        try {
            return reader.next();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /** The message taken last. */
    MessageBody body() {
        return reader.body();
    }

    void send(ByteBuffer message) {
        try {
            write(message);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /**
     * Sends what a server that has gone need not hear: its last words may still wait to be read,
     * and closing the socket over a failed answer would throw them away. Who reads finds the end.
     */
    void sendIfHeard(ByteBuffer message) {
        try {
            write(message);
        } catch (ClosedChannelException e) {
            throw lost(e); // our own end is closed: aborted, or interrupted
        } catch (IOException e) {
            return;
        }
    }

    private void write(ByteBuffer message) throws IOException {
        sending.lock();
        try {
            while (message.hasRemaining()) {
                socket.write(message);
            }
        } finally {
            sending.unlock();
        }
    }

    /** Whether something waits to be read: at least the beginning of a message, or the end. */
    boolean arrived() {
        if (reader.hasBytes()) {
            return true;
        }
        sending.lock();
        try {
            socket.configureBlocking(false);
            boolean arrived = reader.readOnce();
            socket.configureBlocking(true);
            return arrived;
        } catch (IOException e) {
            throw lost(e);
        } finally {
            sending.unlock();
        }
    }

    /** Closes the socket, from any thread; who waits on it gets a failure. Can be repeated. */
    void abort(String because) {
        if (endedBecause.isEmpty()) {
            endedBecause = because;
        }
        closeSocket();
    }

    /** Says goodbye if that is possible without waiting, and closes. */
    void close() {
        if (socket.isOpen() && sending.tryLock()) {
            try {
                socket.configureBlocking(false);
                socket.write(FrontendMessage.terminate());
            } catch (IOException e) {
                endedBecause = "it is closed"; // the server finds out by itself
            } finally {
                sending.unlock();
            }
        }
        abort("it is closed");
    }

    /** A watch that aborts the channel after a while, unless it is closed before. */
    Deadline abortAfter(Duration timeout) {
        return new Deadline(timeout);
    }

    /** See {@link #abortAfter}. */
    final class Deadline implements AutoCloseable {
        private final CountDownLatch done = new CountDownLatch(1);

        private Deadline(Duration timeout) {
            var _ = Thread.ofVirtual().name("pgkeep connect deadline").start(() -> watch(timeout));
        }

        private void watch(Duration timeout) {
            try {
                if (!done.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                    abort("the server did not answer within " + timeout.toMillis() + " ms");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            done.countDown();
        }
    }

    /** The failure for what the socket threw; the channel is of no use afterwards. */
    Failure lost(IOException cause) {
        String reason = endedBecause;
        closeSocket();
        if (cause instanceof ClosedByInterruptException && reason.isEmpty()) {
            return new Failure(
                    Code.INTERRUPTED,
                    "interrupted while talking to the server at " + at.file(),
                    "try again",
                    cause);
        }
        if (cause instanceof ProtocolBroken) {
            return new Failure(
                    Code.SERVER_UNREACHABLE,
                    "what listens at "
                            + at.file()
                            + " does not speak as PostgreSQL does: "
                            + cause.getMessage(),
                    "look whether this is the socket of a PostgreSQL server",
                    cause);
        }
        if (reason.isEmpty()) {
            reason =
                    cause instanceof EOFException
                            ? "the server closed it"
                            : String.valueOf(cause.getMessage());
        }
        return new Failure(
                Code.SERVER_UNREACHABLE,
                "the connection to the server at " + at.file() + " is lost: " + reason,
                "look into the server's log; pgkeep tries again by itself where it can",
                cause);
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing was left to be written, and the descriptor is gone either way.
            return;
        }
    }
}
