package org.pgkeep.testkit.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and an HTTP server on the loopback address, passes requests on, and does
 * to some of them what networks and busy services do. Faults are put into a line: each request
 * takes the first that waits, if it is of the method the fault is meant for; without one it is
 * passed on as it is.
 *
 * <p>Each connection has a thread, and each request a connection of its own to the server. The line
 * of faults and the record of requests are guarded by the object's lock.
 */
public final class FaultProxy implements AutoCloseable {
    /** What can be done to a request. */
    public sealed interface Fault {
        /** The connection is cut before the server hears of the request. */
        record Cut() implements Fault {}

        /** The server gets half of the body, and then both connections are cut. */
        record CutUpload() implements Fault {}

        /** The server does what was asked, and its answer is lost. */
        record LoseAnswer() implements Fault {}

        /** The client gets half of the answer's body, and then the connection is cut. */
        record CutAnswer() implements Fault {}

        /** The server hears nothing, and the client gets no answer until the proxy is closed. */
        record Hang() implements Fault {}

        /** The server does what was asked, and the client gets no answer. */
        record HangAfter() implements Fault {}

        /** The server gets a body with one bit changed. */
        record CorruptUpload() implements Fault {}

        /** The client gets an answer without the server. */
        record Answer(int status, String body) implements Fault {}
    }

    /**
     * A request that came.
     *
     * @param method such as {@code PUT}
     * @param target path and query
     * @param head the request line and the headers
     * @param bodyBytes the size of the body
     */
    public record Request(String method, String target, String head, int bodyBytes) {}

    private record Planned(String method, Fault fault) {}

    private static final Pattern LENGTH =
            Pattern.compile("(?im)^content-length:[ \\t]*(\\d+)[ \\t]*$");
    private static final Pattern CONNECTION = Pattern.compile("(?im)^connection:[^\\r\\n]*\\r?\\n");
    private static final int HEAD_BYTES_MAX = 64 << 10;

    private final ServerSocket listening;
    private final int target;
    private final Deque<Planned> planned = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    private FaultProxy(ServerSocket listening, int target) {
        this.listening = listening;
        this.target = target;
    }

    /** Stands before the server at a port of the loopback address. */
    public static FaultProxy before(int target) {
        try {
            FaultProxy proxy =
                    new FaultProxy(
                            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
            Thread.ofVirtual().name("fault proxy").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens. */
    public int port() {
        return listening.getLocalPort();
    }

    /** The next requests of the method meet these faults, one each. */
    public synchronized void next(String method, Fault... faults) {
        for (Fault fault : faults) {
            planned.add(new Planned(method, fault));
        }
    }

    /** Faults that no request has met yet. */
    public synchronized int waiting() {
        return planned.size();
    }

    /** Forgets all faults and requests. */
    public synchronized void clear() {
        planned.clear();
        requests.clear();
    }

    /** The requests that came, in order. */
    public synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    private synchronized @Nullable Fault meet(Request request) {
        requests.add(request);
        Planned first = planned.peek();
        if (first == null || !first.method().equals(request.method())) {
            return null;
        }
        planned.remove();
        return first.fault();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException closing) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = readHead(client.getInputStream());
            if (head.isEmpty()) {
                return;
            }
            Matcher length = LENGTH.matcher(head);
            byte[] body =
                    client.getInputStream()
                            .readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            String[] line = head.substring(0, head.indexOf('\r')).split(" ", -1);
            Request request = new Request(line[0], line[1], head, body.length);
            serve(client, request, body);
        } catch (IOException gone) {
            // one side has ended the connection: that is what this is for
        } finally {
            open.remove(client);
        }
    }

    private void serve(Socket client, Request request, byte[] body) throws IOException {
        Fault fault = meet(request);
        if (fault == null) {
            answer(client, ask(request.head(), body));
            return;
        }
        switch (fault) {
            case Fault.Cut() -> reset(client);
            case Fault.CutUpload() -> {
                try (Socket server = connect()) {
                    server.getOutputStream().write(forwarded(request.head(), body.length));
                    server.getOutputStream().write(body, 0, body.length / 2);
                    server.getOutputStream().flush();
                    reset(server);
                }
                reset(client);
            }
            case Fault.LoseAnswer() -> {
                byte[] _ = ask(request.head(), body);
                reset(client);
            }
            case Fault.CutAnswer() -> {
                byte[] whole = ask(request.head(), body);
                int from = new String(whole, ISO_8859_1).indexOf("\r\n\r\n") + 4;
                int half = from + (whole.length - from) / 2;
                client.getOutputStream().write(whole, 0, half);
                client.getOutputStream().flush();
                reset(client);
            }
            case Fault.Hang() -> hang();
            case Fault.HangAfter() -> {
                byte[] _ = ask(request.head(), body);
                hang();
            }
            case Fault.CorruptUpload() -> {
                byte[] other = body.clone();
                if (other.length > 0) {
                    other[other.length / 2] ^= 1;
                }
                answer(client, ask(request.head(), other));
            }
            case Fault.Answer(int status, String text) -> {
                byte[] bytes = text.getBytes(ISO_8859_1);
                String first =
                        "HTTP/1.1 "
                                + status
                                + " Planned\r\nContent-Type: application/xml\r\nContent-Length: "
                                + bytes.length
                                + "\r\nConnection: close\r\n\r\n";
                client.getOutputStream().write(first.getBytes(ISO_8859_1));
                if (!request.method().equals("HEAD")) {
                    client.getOutputStream().write(bytes);
                }
                client.getOutputStream().flush();
            }
        }
    }

    private static void answer(Socket client, byte[] whole) throws IOException {
        client.getOutputStream().write(whole);
        client.getOutputStream().flush();
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), target);
    }

    private byte[] ask(String head, byte[] body) throws IOException {
        try (Socket server = connect()) {
            OutputStream out = server.getOutputStream();
            try {
                out.write(forwarded(head, body.length));
                out.write(body);
                out.flush();
            } catch (IOException answeredEarly) {
                // a server that refuses may not read the body: its answer is there all the same
            }
            return server.getInputStream().readAllBytes();
        }
    }

    /** The same head, for a connection of its own; the headers that are signed stay as they are. */
    private static byte[] forwarded(String head, int bodyBytes) {
        String other = CONNECTION.matcher(head).replaceAll("");
        other = LENGTH.matcher(other).replaceAll("Content-Length: " + bodyBytes);
        int end = other.lastIndexOf("\r\n");
        return (other.substring(0, end) + "Connection: close\r\n\r\n").getBytes(ISO_8859_1);
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int last = 0;
        while (head.size() < HEAD_BYTES_MAX) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
            last = last << 8 | next;
            if (last == ('\r' << 24 | '\n' << 16 | '\r' << 8 | '\n')) {
                return head.toString(ISO_8859_1);
            }
        }
        throw new IOException("a head of more than " + HEAD_BYTES_MAX + " bytes");
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private void hang() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            listening.close();
            for (Socket each : open) {
                each.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
