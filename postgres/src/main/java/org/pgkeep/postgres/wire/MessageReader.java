package org.pgkeep.postgres.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Cuts the bytes of a channel into messages: one byte type, four bytes length (which counts
 * itself), body (protocol-message-formats.html). Owned by one thread.
 *
 * <p>Reads as much as there is at once, so that a burst of WAL costs few calls. The buffer grows
 * only as bytes really come, never because a length says so.
 */
final class MessageReader {
    /** Holds a walsender's largest message (128 KiB and a header) and the most of the next. */
    static final int BUFFER_BYTES = 256 << 10;

    /**
     * The longest body taken. WAL comes in at most 128 KiB; the longest honest message is a row of
     * a query, and pgkeep asks for no large ones. A longer length means garbage.
     */
    static final int BODY_BYTES_MAX = 64 << 20;

    private static final int HEADER_BYTES = 5;

    private final ReadableByteChannel channel;
    private byte[] buffer = new byte[BUFFER_BYTES];

    /** The message taken last ends, and what was read beyond it begins, here. */
    private int position;

    /** What was read ends here. */
    private int limit;

    private int bodyStart;

    MessageReader(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits for the next message whole; ends what {@link #body()} lent.
     *
     * @return its type
     * @throws EOFException if the channel ended
     * @throws ProtocolBroken if its length can't be one
     */
    byte next() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
            if (buffer.length > BUFFER_BYTES) {
                buffer = new byte[BUFFER_BYTES];
            }
        }
        await(HEADER_BYTES);
        byte type = buffer[position];
        int length = ByteBuffer.wrap(buffer, position + 1, 4).getInt();
        if (length < 4 || length - 4 > BODY_BYTES_MAX) {
            throw new ProtocolBroken(
                    "a message of type "
                            + type
                            + " with length "
                            + Integer.toUnsignedString(length));
        }
        await(1 + length);
        bodyStart = position + HEADER_BYTES;
        position += 1 + length;
        return type;
    }

    /** The body of the message taken last; good until the next call of any other method. */
    MessageBody body() {
        return new MessageBody(buffer, bodyStart, position - bodyStart);
    }

    /** How much it can hold now. */
    int capacity() {
        return buffer.length;
    }

    /** Whether bytes behind the last message were read already. */
    boolean hasBytes() {
        return position < limit;
    }

    /**
     * Reads once, for a channel that does not block.
     *
     * @return whether there is something for {@link #next()} to find: bytes, or the channel's end
     */
    boolean readOnce() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
        }
        int count = channel.read(ByteBuffer.wrap(buffer, limit, buffer.length - limit));
        limit += Math.max(count, 0);
        return count != 0 || hasBytes();
    }

    /** Reads until so many bytes stand behind the position. */
    private void await(int bytes) throws IOException {
        while (limit - position < bytes) {
            if (position > 0 && buffer.length - position < bytes) {
                System.arraycopy(buffer, position, buffer, 0, limit - position);
                limit -= position;
                position = 0;
            }
            if (limit == buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(2 * buffer.length, BODY_BYTES_MAX + 64));
            }
            int count = channel.read(ByteBuffer.wrap(buffer, limit, buffer.length - limit));
            if (count < 0) {
                throw new EOFException(
                        limit == position ? "the end of the stream" : "the end within a message");
            }
            limit += count;
        }
    }
}
