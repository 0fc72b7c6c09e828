package org.pgkeep.postgres.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.pgkeep.postgres.Lsn;

/** The messages we send (protocol-message-formats.html, protocol-replication.html). */
final class FrontendMessage {
    /** Protocol 3.0. */
    private static final int PROTOCOL = 3 << 16;

    /** Where PostgreSQL's clock begins; it counts microseconds. */
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    private FrontendMessage() {}

    static ByteBuffer startup(Login login) {
        StringBuilder parameters = new StringBuilder();
        parameters.append("user\0").append(login.user()).append('\0');
        if (login.replication()) {
            parameters.append("replication\0true\0");
        } else {
            parameters.append("database\0").append(login.database()).append('\0');
        }
        parameters.append("application_name\0").append(login.applicationName()).append('\0');
        parameters.append("client_encoding\0UTF8\0").append('\0');
        byte[] bytes = parameters.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length)
                .putInt(8 + bytes.length)
                .putInt(PROTOCOL)
                .put(bytes)
                .flip();
    }

    static ByteBuffer query(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero byte in a command");
        }
        return textMessage('Q', text);
    }

    static ByteBuffer copyFail(String why) {
        return textMessage('f', why);
    }

    static ByteBuffer copyDone() {
        return empty('c');
    }

    static ByteBuffer terminate() {
        return empty('X');
    }

    /**
     * How far the receiver has come. The applied position is left out (zero), as pg_receivewal
     * does: pgkeep applies nothing, and a server must not believe it did.
     */
    static ByteBuffer standbyStatus(Lsn written, Lsn flushed, Instant now, boolean replyRequested) {
        return ByteBuffer.allocate(39)
                .put((byte) 'd')
                .putInt(38)
                .put((byte) 'r')
                .putLong(written.value())
                .putLong(flushed.value())
                .putLong(0)
                .putLong(ChronoUnit.MICROS.between(EPOCH, now))
                .put((byte) (replyRequested ? 1 : 0))
                .flip();
    }

    /** A server's clock as an instant. */
    static Instant instant(long micros) {
        return EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static ByteBuffer textMessage(char type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(6 + bytes.length)
                .put((byte) type)
                .putInt(5 + bytes.length)
                .put(bytes)
                .put((byte) 0)
                .flip();
    }

    private static ByteBuffer empty(char type) {
        return ByteBuffer.allocate(5).put((byte) type).putInt(4).flip();
    }
}
