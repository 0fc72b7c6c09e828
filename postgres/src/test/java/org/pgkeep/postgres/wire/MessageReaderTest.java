package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {
    /** Hands out at most so many bytes with each read, as a socket may. */
    private record Drops(ByteBuffer bytes, int perRead) implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer into) {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int count = Math.min(Math.min(perRead, bytes.remaining()), into.remaining());
            into.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private static byte[] message(char type, byte[] body) {
        return ByteBuffer.allocate(5 + body.length)
                .put((byte) type)
                .putInt(4 + body.length)
                .put(body)
                .array();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static MessageReader reader(byte[] bytes, int perRead) {
        return new MessageReader(new Drops(ByteBuffer.wrap(bytes), perRead));
    }

    private static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100, 1 << 20})
    void cutsMessagesHoweverTheBytesCome(int perRead) throws IOException {
        byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
        MessageReader reader =
                reader(
                        joined(message('a', hello), message('b', new byte[0]), message('c', hello)),
                        perRead);

        assertThat(reader.next()).isEqualTo((byte) 'a');
        assertThat(reader.body().bytes(5)).isEqualTo(hello);
        assertThat(reader.next()).isEqualTo((byte) 'b');
        assertThat(reader.body().remaining()).isZero();
        assertThat(reader.next()).isEqualTo((byte) 'c');
        assertThat(reader.body().bytes(5)).isEqualTo(hello);
        assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {4_093, 1 << 20})
    void keepsManyMessagesThatTogetherAreLargerThanTheBuffer(int perRead) throws IOException {
        byte[][] messages = new byte[20][];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = message('d', pattern(100_000 + i, i));
        }
        MessageReader reader = reader(joined(messages), perRead);

        for (int i = 0; i < messages.length; i++) {
            assertThat(reader.next()).isEqualTo((byte) 'd');
            assertThat(reader.body().bytes(100_000 + i)).isEqualTo(pattern(100_000 + i, i));
        }
    }

    @Test
    void takesAMessageLargerThanItsBufferAndSmallOnesAfterIt() throws IOException {
        byte[] large = pattern(3 * MessageReader.BUFFER_BYTES, 5);
        MessageReader reader =
                reader(joined(message('d', large), message('z', new byte[] {1})), 60_000);

        assertThat(reader.next()).isEqualTo((byte) 'd');
        assertThat(reader.body().bytes(large.length)).isEqualTo(large);
        assertThat(reader.next()).isEqualTo((byte) 'z');
        assertThat(reader.body().int8()).isEqualTo((byte) 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 3, MessageReader.BODY_BYTES_MAX + 5, 1 << 30})
    void refusesLengthsThatCantBe(int length) {
        byte[] bytes = ByteBuffer.allocate(5).put((byte) 'H').putInt(length).array();

        assertThatThrownBy(() -> reader(bytes, 5).next())
                .isInstanceOf(ProtocolBroken.class)
                .hasMessageContaining(Integer.toUnsignedString(length));
    }

    @Test
    void aLengthAloneMakesItReserveNothing() {
        byte[] bytes =
                ByteBuffer.allocate(5).put((byte) 'd').putInt(MessageReader.BODY_BYTES_MAX).array();
        MessageReader reader = reader(bytes, 5);

        assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
        assertThat(reader.capacity()).isEqualTo(MessageReader.BUFFER_BYTES);
    }

    @Test
    void tellsAnEndWithinAMessageFromAnEndBetweenTwo() {
        byte[] whole = message('a', new byte[10]);

        assertThatThrownBy(() -> reader(Arrays.copyOf(whole, 9), 4).next())
                .hasMessageContaining("within a message");
        assertThatThrownBy(() -> reader(new byte[0], 4).next())
                .hasMessageContaining("end of the stream");
    }

    @Test
    void knowsWhatItHasReadAhead() throws IOException {
        byte[] one = message('a', new byte[1]);
        MessageReader reader = reader(joined(one, one), 8);

        assertThat(reader.hasBytes()).isFalse();
        reader.next();
        assertThat(reader.hasBytes()).isTrue();
        reader.next();
        assertThat(reader.hasBytes()).isFalse();
        assertThat(reader.readOnce()).as("the end is something to find, too").isTrue();
    }
}
