package org.pgkeep.engine.wal;

import org.pgkeep.postgres.wal.WalRecord;

/** Finds the main data of a record that has no block references (xlogrecord.h). */
public final class MainDataStart {
    private static final int SHORT = 255;
    private static final int LONG = 254;
    private static final int ORIGIN = 253;
    private static final int TOPLEVEL_XID = 252;

    private MainDataStart() {}

    /**
     * Where in the record's buffer its main data begins.
     *
     * @throws IllegalArgumentException if the record has block references
     */
    public static int of(WalRecord record) {
        byte[] bytes = record.buffer();
        int at = record.offset();
        while (true) {
            switch (bytes[at] & 0xFF) {
                case SHORT -> {
                    return at + 2;
                }
                case LONG -> {
                    return at + 5;
                }
                case ORIGIN -> at += 3;
                case TOPLEVEL_XID -> at += 5;
                default -> throw new IllegalArgumentException("block references in " + record);
            }
        }
    }
}
