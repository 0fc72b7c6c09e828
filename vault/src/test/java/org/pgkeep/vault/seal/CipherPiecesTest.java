package org.pgkeep.vault.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.AlgorithmParameters;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/**
 * Fed large pieces from a cold start, the JDK's AES-GCM stays at 70 MB/s for ever (measured), a
 * fiftieth of what it can do. How fast it is on a busy machine decides no test; the cause does.
 */
class CipherPiecesTest {
    /** Up to here the cipher's loop was found to be compiled. */
    private static final int MOST = 64 << 10;

    @Test
    void noCipherIsFedLargePieces() throws Exception {
        for (int length : new int[] {0, 1, MOST, MOST + 1, 1 << 20, (1 << 20) + 5}) {
            Recording recording = new Recording();
            byte[] source = new byte[length + 3];
            Cipher cipher = Cipher.getInstance("RECORDING", new RecordingProvider(recording));
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "AES"));
            int written =
                    Workbench.feed(
                            cipher,
                            source,
                            3,
                            length,
                            new byte[length],
                            0,
                            Workbench.CIPHER_PIECE_BYTES);
            assertThat(recording.pieces).allMatch(piece -> piece <= MOST);
            assertThat(recording.pieces.stream().mapToInt(Integer::intValue).sum())
                    .isEqualTo(length);
            assertThat(written).isEqualTo(length);
        }
    }

    /** Hands out one cipher that records. */
    private static final class RecordingProvider extends Provider {
        private static final long serialVersionUID = 1;

        RecordingProvider(Recording recording) {
            super("Recording", "1", "notes what a cipher is fed");
            putService(
                    new Service(this, "Cipher", "RECORDING", "none", List.of(), Map.of()) {
                        @Override
                        public Object newInstance(Object parameter) {
                            return recording;
                        }
                    });
        }
    }

    /** Copies, and notes the lengths. */
    private static final class Recording extends CipherSpi {
        final List<Integer> pieces = new ArrayList<>();

        @Override
        protected int engineUpdate(byte[] in, int offset, int length, byte[] out, int at) {
            pieces.add(length);
            System.arraycopy(in, offset, out, at, length);
            return length;
        }

        @Override
        protected int engineDoFinal(byte[] in, int offset, int length, byte[] out, int at) {
            return engineUpdate(in, offset, length, out, at);
        }

        @Override
        protected byte[] engineUpdate(byte[] in, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected byte[] engineDoFinal(byte[] in, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void engineSetMode(String mode) {}

        @Override
        protected void engineSetPadding(String padding) {}

        @Override
        protected int engineGetBlockSize() {
            return 16;
        }

        @Override
        protected int engineGetOutputSize(int length) {
            return length;
        }

        @Override
        protected byte[] engineGetIV() {
            return new byte[0];
        }

        @Override
        protected AlgorithmParameters engineGetParameters() {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void engineInit(int mode, Key key, SecureRandom random) {}

        @Override
        protected void engineInit(
                int mode, Key key, AlgorithmParameterSpec parameters, SecureRandom random) {}

        @Override
        protected void engineInit(
                int mode, Key key, AlgorithmParameters parameters, SecureRandom random) {}
    }
}
