package org.pgkeep.engine.archiving;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A WAL file that the vault can give out.
 *
 * @param bytes its length
 * @param content writes it
 */
public record HeldFile(long bytes, Content content) {
    /** Writes all bytes of the file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes them.
         *
         * @throws org.pgkeep.failure.Failure as the vault says
         */
        void writeTo(OutputStream out) throws IOException;
    }

    static HeldFile of(byte[] content) {
        return new HeldFile(content.length, out -> out.write(content));
    }
}
