package org.pgkeep.testkit.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that runs as a process of its own and listens on a port of the loopback address. */
final class ServerProcess implements AutoCloseable {
    private static final long START_SECONDS_MAX = 60;
    private static final long END_SECONDS_MAX = 10;
    private static final int CONNECT_MILLIS = 200;
    private static final int LOOK_MILLIS = 50;

    private final Process process;

    private ServerProcess(Process process) {
        this.process = process;
    }

    /** A port that was free just now. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it; what it prints goes to the file. */
    static ServerProcess start(List<String> command, Path directory, Path printed) {
        try {
            return new ServerProcess(
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(printed.toFile())
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it, and waits until it accepts connections; what it prints goes to the file. */
    static ServerProcess start(List<String> command, Path directory, Path printed, int port) {
        ServerProcess server = start(command, directory, printed);
        try {
            server.awaitPort(command, printed, port);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitPort(List<String> command, Path printed, int port) throws IOException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
        while (!accepts(port)) {
            if (!process.isAlive() || System.nanoTime() > until) {
                close();
                throw new IllegalStateException(
                        command + " does not listen:\n" + Files.readString(printed));
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                close();
                throw new IllegalStateException("interrupted while a server starts", e);
            }
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
