package org.pgkeep.postgres.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.Lsn;

/** Takes a message's body apart, field by field; a body that is too short breaks the protocol. */
final class MessageBody {
    private final ByteBuffer fields;

    /** The body is lent: it is good until the reader's next message. */
    MessageBody(byte[] buffer, int offset, int length) {
        fields = ByteBuffer.wrap(buffer, offset, length);
    }

    byte int8() throws ProtocolBroken {
        need(1);
        return fields.get();
    }

    int int16() throws ProtocolBroken {
        need(2);
        return Short.toUnsignedInt(fields.getShort());
    }

    int int32() throws ProtocolBroken {
        need(4);
        return fields.getInt();
    }

    long int64() throws ProtocolBroken {
        need(8);
        return fields.getLong();
    }

    /** A text that ends with a zero byte. */
    String text() throws ProtocolBroken {
        int end = fields.position();
        while (end < fields.limit() && fields.get(end) != 0) {
            end++;
        }
        if (end == fields.limit()) {
            throw new ProtocolBroken("a text without its end");
        }
        String text = new String(bytes(end - fields.position()), StandardCharsets.UTF_8);
        fields.get();
        return text;
    }

    byte[] bytes(int length) throws ProtocolBroken {
        need(length);
        byte[] bytes = new byte[length];
        fields.get(bytes);
        return bytes;
    }

    /** A DataRow's columns. */
    List<byte @Nullable []> columns() throws ProtocolBroken {
        int count = int16();
        List<byte @Nullable []> columns = new ArrayList<>(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            int length = int32();
            columns.add(length == -1 ? null : bytes(length));
        }
        return columns;
    }

    /** The fields of an ErrorResponse or NoticeResponse. */
    ServerReport report() throws ProtocolBroken {
        String shown = "";
        String severity = "";
        String sqlState = "";
        String message = "";
        String detail = "";
        String hint = "";
        for (byte field = int8(); field != 0; field = int8()) {
            String text = text();
            switch (field) {
                case 'S' -> shown = text;
                case 'V' -> severity = text;
                case 'C' -> sqlState = text;
                case 'M' -> message = text;
                case 'D' -> detail = text;
                case 'H' -> hint = text;
                default -> {} // position, file, line, names of objects: for developers of servers
            }
        }
        return new ServerReport(
                severity.isEmpty() ? shown : severity, sqlState, message, detail, hint);
    }

    /** What CopyData of a stream holds: WAL, which stays where it is, or a keepalive. */
    ReplicationMessage streamed() throws ProtocolBroken {
        byte type = int8();
        return switch (type) {
            case 'w' -> {
                Lsn start = new Lsn(int64());
                Lsn serverEnd = new Lsn(int64());
                Instant sentAt = FrontendMessage.instant(int64());
                yield new ReplicationMessage.WalData(
                        start,
                        serverEnd,
                        sentAt,
                        fields.array(),
                        fields.position(),
                        fields.remaining());
            }
            case 'k' ->
                    new ReplicationMessage.Keepalive(
                            new Lsn(int64()), FrontendMessage.instant(int64()), int8() != 0);
            default -> throw new ProtocolBroken("copied data of type " + type);
        };
    }

    int remaining() {
        return fields.remaining();
    }

    private void need(int bytes) throws ProtocolBroken {
        if (bytes < 0 || fields.remaining() < bytes) {
            throw new ProtocolBroken("a message that ends within a field");
        }
    }
}
