package org.pgkeep.postgres.wal;

import java.util.Arrays;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.RelationFile;

/**
 * The blocks a record refers to, and where in it everything stands (DecodeXLogRecord, xlogreader.c;
 * xlogrecord.h). Made once and used for one record after the other, so that a record costs no
 * allocation. One owner thread.
 */
public final class BlockReferences {
    /** XLR_MAX_BLOCK_ID + 1. */
    private static final int REFERENCES_MAX = 33;

    private static final int BLOCK_BYTES = 8192;

    private static final int ID_DATA_SHORT = 255;
    private static final int ID_DATA_LONG = 254;
    private static final int ID_ORIGIN = 253;
    private static final int ID_TOPLEVEL_XID = 252;

    private static final int FORK = 0x0F;
    private static final int FORK_MAX = 3;
    private static final int HAS_IMAGE = 0x10;
    private static final int HAS_DATA = 0x20;
    private static final int WILL_INIT = 0x40;
    private static final int SAME_RELATION = 0x80;

    private static final int IMAGE_HAS_HOLE = 0x01;
    private static final int FIRST_MAJOR_WITH_SEVERAL_COMPRESSIONS = 15;
    private static final int COMPRESSED_BEFORE = 0x02;
    private static final int PGLZ = 0x04;
    private static final int LZ4 = 0x08;
    private static final int ZSTD = 0x10;

    private final boolean severalCompressions;

    private int count;
    private byte[] buffer = {};
    private int mainDataAt;
    private int mainDataLength;
    private boolean malformed;

    private final int[] tablespace = new int[REFERENCES_MAX];
    private final int[] database = new int[REFERENCES_MAX];
    private final int[] relation = new int[REFERENCES_MAX];
    private final int[] flags = new int[REFERENCES_MAX];
    private final int[] block = new int[REFERENCES_MAX];
    private final int[] dataAt = new int[REFERENCES_MAX];
    private final int[] dataLength = new int[REFERENCES_MAX];
    private final int[] imageAt = new int[REFERENCES_MAX];
    private final int[] imageLength = new int[REFERENCES_MAX];
    private final int[] imageInfo = new int[REFERENCES_MAX];
    private final int[] holeOffset = new int[REFERENCES_MAX];
    private final int[] holeLength = new int[REFERENCES_MAX];

    /**
     * For the WAL of one server.
     *
     * @param major 13 to 18; 15 gave the bits of an image's info byte other meanings
     */
    public BlockReferences(int major) {
        WalEvents.requireKnown(major);
        this.severalCompressions = major >= FIRST_MAJOR_WITH_SEVERAL_COMPRESSIONS;
    }

    /**
     * Takes a record apart. What the other methods say is of this record, until the next.
     *
     * @return how many blocks it refers to
     * @throws Failure DAMAGED_WAL if the record's CRC was right but its body is not laid out as
     *     this version lays it out
     */
    public int read(WalRecord record) {
        count = 0;
        malformed = false;
        buffer = record.buffer();
        int at = record.offset();
        int end = at + record.length();
        long payload = 0;
        int previousId = -1;
        mainDataLength = 0;
        boolean last = false;
        while (!last && end - at > payload && !malformed) {
            int id = buffer[at++] & 0xFF;
            if (id < REFERENCES_MAX) {
                require(id > previousId);
                previousId = id;
                at = header(at, end);
                payload += dataLength[count] + imageLength[count];
                count++;
                continue;
            }
            switch (id) {
                case ID_DATA_SHORT -> {
                    require(end - at >= 1);
                    mainDataLength = malformed ? 0 : buffer[at] & 0xFF;
                    at += 1;
                    last = true;
                }
                case ID_DATA_LONG -> {
                    require(end - at >= 4);
                    mainDataLength = malformed ? 0 : LittleEndian.signedInt(buffer, at);
                    require(mainDataLength >= 0);
                    at += 4;
                    last = true;
                }
                case ID_ORIGIN -> at += 2;
                case ID_TOPLEVEL_XID -> at += 4;
                default -> malformed = true;
            }
        }
        require(end - at == payload + mainDataLength);
        if (malformed) {
            throw WalEvents.misread(record, null);
        }
        for (int i = 0; i < count; i++) {
            imageAt[i] = at;
            at += imageLength[i];
            dataAt[i] = at;
            at += dataLength[i];
        }
        mainDataAt = at;
        return count;
    }

    /** Reads what stands behind a block's id; returns the position behind it. */
    private int header(int from, int end) {
        int at = from;
        int n = count;
        imageLength[n] = 0;
        dataLength[n] = 0;
        if (end - at < 3) {
            malformed = true;
            return at;
        }
        flags[n] = buffer[at] & 0xFF;
        dataLength[n] = LittleEndian.unsignedShort(buffer, at + 1);
        at += 3;
        require((flags[n] & FORK) <= FORK_MAX);
        require(((flags[n] & HAS_DATA) != 0) == (dataLength[n] > 0));
        if ((flags[n] & HAS_IMAGE) != 0) {
            at = imageHeader(at, end);
        }
        boolean same = (flags[n] & SAME_RELATION) != 0;
        if (malformed || end - at < (same ? 4 : 16)) {
            malformed = true;
            return at;
        }
        if (same) {
            require(n > 0);
            int before = Math.max(0, n - 1);
            tablespace[n] = tablespace[before];
            database[n] = database[before];
            relation[n] = relation[before];
        } else {
            tablespace[n] = LittleEndian.signedInt(buffer, at);
            database[n] = LittleEndian.signedInt(buffer, at + 4);
            relation[n] = LittleEndian.signedInt(buffer, at + 8);
            at += 12;
        }
        block[n] = LittleEndian.signedInt(buffer, at);
        return at + 4;
    }

    private int imageHeader(int from, int end) {
        int n = count;
        if (end - from < 5) {
            malformed = true;
            return from;
        }
        imageLength[n] = LittleEndian.unsignedShort(buffer, from);
        holeOffset[n] = LittleEndian.unsignedShort(buffer, from + 2);
        imageInfo[n] = buffer[from + 4] & 0xFF;
        int at = from + 5;
        boolean hole = (imageInfo[n] & IMAGE_HAS_HOLE) != 0;
        if (compression(n) == PageImage.Compression.NONE) {
            holeLength[n] = BLOCK_BYTES - imageLength[n];
            require(hole == holeLength[n] > 0);
        } else if (hole) {
            require(end - at >= 2);
            holeLength[n] = malformed ? 0 : LittleEndian.unsignedShort(buffer, at);
            at += 2;
            require(holeLength[n] > 0 && imageLength[n] < BLOCK_BYTES);
        } else {
            holeLength[n] = 0;
            require(imageLength[n] < BLOCK_BYTES);
        }
        require(hole || holeOffset[n] == 0);
        require(holeOffset[n] + holeLength[n] <= BLOCK_BYTES);
        return at;
    }

    private void require(boolean holds) {
        malformed |= !holds;
    }

    /** How many blocks the record refers to. */
    public int count() {
        return count;
    }

    /** The relation of a reference. */
    public RelationFile relationFile(int reference) {
        return new RelationFile(tablespace[reference], database[reference], relation[reference]);
    }

    /** The object id of its tablespace. */
    public int tablespace(int reference) {
        return tablespace[reference];
    }

    /** The object id of its database; 0 for shared relations. */
    public int database(int reference) {
        return database[reference];
    }

    /** Its relfilenode. */
    public int relation(int reference) {
        return relation[reference];
    }

    /** 0 main, 1 free space map, 2 visibility map, 3 init. */
    public int fork(int reference) {
        return flags[reference] & FORK;
    }

    /** The block's number within the fork, unsigned. */
    public int block(int reference) {
        return block[reference];
    }

    /** Whether a full page image comes with it. */
    public boolean hasImage(int reference) {
        return (flags[reference] & HAS_IMAGE) != 0;
    }

    /** Whether replay makes the page anew. */
    public boolean willInit(int reference) {
        return (flags[reference] & WILL_INIT) != 0;
    }

    /**
     * The whole page that comes with a reference, opened.
     *
     * @throws Failure DAMAGED_WAL if it does not open
     */
    public byte[] image(int reference) {
        if (!hasImage(reference)) {
            throw new IllegalStateException("no image with reference " + reference);
        }
        return PageImage.open(
                compression(reference),
                Arrays.copyOfRange(
                        buffer, imageAt[reference], imageAt[reference] + imageLength[reference]),
                holeOffset[reference],
                holeLength[reference]);
    }

    /** How an image is packed. */
    PageImage.Compression compression(int reference) {
        int info = imageInfo[reference];
        if (!severalCompressions) {
            return (info & COMPRESSED_BEFORE) != 0
                    ? PageImage.Compression.PGLZ
                    : PageImage.Compression.NONE;
        }
        if ((info & PGLZ) != 0) {
            return PageImage.Compression.PGLZ;
        }
        if ((info & LZ4) != 0) {
            return PageImage.Compression.LZ4;
        }
        return (info & ZSTD) != 0 ? PageImage.Compression.ZSTD : PageImage.Compression.NONE;
    }

    /** A copy of what the record says of a reference beside an image. */
    public byte[] data(int reference) {
        return Arrays.copyOfRange(
                buffer, dataAt[reference], dataAt[reference] + dataLength[reference]);
    }

    /** A copy of the record's main data. */
    public byte[] mainData() {
        return Arrays.copyOfRange(buffer, mainDataAt, mainDataAt + mainDataLength);
    }
}
