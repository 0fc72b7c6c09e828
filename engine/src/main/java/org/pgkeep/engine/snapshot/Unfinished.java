package org.pgkeep.engine.snapshot;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.pgkeep.vault.ChunkRef;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes of a snapshot in the making, in a file beside the spool: which runs of blocks it gave to
 * packs, by place and digest. When it is cut short, the next one finds them, and stores again
 * nothing of which the digest is the same and the pack is there.
 *
 * <p>The notes promise nothing. They are never flushed to the disk: a run whose pack was not stored
 * names a pack that is not listed, a note that was torn ends the reading, and without notes all is
 * stored anew. That the packs stay until then is the lease's doing, whose id stands in the header.
 *
 * <p>Layout: {@link #MAGIC}, the lease's id; then records: u32 length, u32 CRC-32, body. A body is
 * sections of one file each: its path (modified UTF-8 with u16 length), u32 count, and so many runs
 * of {@link #RUN_BYTES} bytes: u64 block, u32 length, digest, pack, u32 ordinal, u32 offset. All
 * big-endian. Another layout gets another magic: what isn't understood is begun anew.
 *
 * <p>Its monitor guards the file; the index does not change after {@link #open}.
 */
final class Unfinished implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Unfinished.class);

    /** {@code pgkrun01}. */
    private static final long MAGIC = 0x70676B72756E3031L;

    private static final int HEADER_BYTES = 24;
    private static final int RUN_BYTES = 52;

    /** So many runs are noted at once: 8 MiB of a large file, less than a pack. */
    private static final int RUNS_AT_ONCE = 64;

    /** No body is longer: each of its runs can be of a file of its own, with a long path. */
    private static final int BODY_BYTES_MAX = RUNS_AT_ONCE * (RUN_BYTES + (1 << 16) + 6);

    private final Optional<Path> path;
    private final Map<String, List<Section>> index = new HashMap<>();
    private @Nullable RandomAccessFile file;
    private Optional<UUID> lease = Optional.empty();
    private long notedBytes;
    private boolean over;

    private record Section(long position, int runs) {}

    /** A run that was given to a pack. */
    private record Run(int length, RegionDigest digest, Slice slice) {}

    private Unfinished(Optional<Path> path) {
        this.path = path;
    }

    /**
     * Opens the notes of the snapshot before, or new ones.
     *
     * @param path empty: nothing is noted
     */
    static Unfinished open(Optional<Path> path) {
        Unfinished notes = new Unfinished(path);
        path.ifPresent(notes::readAll);
        return notes;
    }

    /** Whether anything is noted here. */
    boolean isKept() {
        return file != null;
    }

    /** The lease of the snapshot that was cut short; empty if there is nothing to go on with. */
    Optional<UUID> lease() {
        return lease;
    }

    /** How many bytes the snapshot that was cut short had given to packs. */
    long notedBytes() {
        return notedBytes;
    }

    /** Forgets what was found, and begins anew under that lease. */
    synchronized void begin(UUID under) {
        index.clear();
        notedBytes = 0;
        lease = Optional.empty();
        RandomAccessFile open = file;
        if (open == null) {
            return;
        }
        try {
            open.setLength(0);
            open.writeLong(MAGIC);
            open.writeLong(under.getMostSignificantBits());
            open.writeLong(under.getLeastSignificantBits());
        } catch (IOException e) {
            giveUp(e);
        }
    }

    /** A hand that takes notes; one thread's. */
    Hand hand() {
        return new Hand();
    }

    /** The snapshot is there: nobody goes on with it. */
    void done() {
        over = true;
    }

    @Override
    public synchronized void close() {
        RandomAccessFile open = file;
        file = null;
        try {
            if (open != null) {
                open.close();
            }
            if (over && path.isPresent()) {
                Files.deleteIfExists(path.get());
            }
        } catch (IOException e) {
            LOG.warn("the notes of a finished backup stay: {}", e.toString());
        }
    }

    /** Without notes a snapshot is only dearer to begin again. */
    private void giveUp(IOException e) {
        LOG.warn("taking no notes of this backup, in case it is cut short: {}", e.toString());
        file = null;
    }

    // ---- reading what the one before noted

    private void readAll(Path from) {
        try {
            RandomAccessFile open = new RandomAccessFile(from.toFile(), "rw");
            file = open;
            if (open.length() < HEADER_BYTES || open.readLong() != MAGIC) {
                return;
            }
            lease = Optional.of(new UUID(open.readLong(), open.readLong()));
            long at = HEADER_BYTES;
            for (Optional<byte[]> body = body(open, at); body.isPresent(); body = body(open, at)) {
                sections(body.get(), at + 8);
                at += 8 + body.get().length;
            }
            // what follows is torn
            open.setLength(at);
        } catch (IOException e) {
            index.clear();
            giveUp(e);
        }
    }

    private static Optional<byte[]> body(RandomAccessFile open, long at) throws IOException {
        if (open.length() < at + 8) {
            return Optional.empty();
        }
        open.seek(at);
        int length = open.readInt();
        int crc = open.readInt();
        if (length < 1 || length > BODY_BYTES_MAX || open.length() < at + 8 + length) {
            return Optional.empty();
        }
        byte[] body = new byte[length];
        open.readFully(body);
        return crc(body) == crc ? Optional.of(body) : Optional.empty();
    }

    private void sections(byte[] body, long at) throws IOException {
        ByteArrayInputStream bytes = new ByteArrayInputStream(body);
        DataInputStream in = new DataInputStream(bytes);
        while (bytes.available() > 0) {
            String name = in.readUTF();
            int runs = in.readInt();
            long position = at + body.length - bytes.available();
            index.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(new Section(position, runs));
            for (int i = 0; i < runs; i++) {
                in.readLong();
                notedBytes += in.readInt();
                in.skipNBytes(RUN_BYTES - 12);
            }
        }
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private synchronized Map<Long, Run> runsOf(String name) {
        List<Section> sections = index.get(name);
        RandomAccessFile open = file;
        if (sections == null || open == null) {
            return Map.of();
        }
        Map<Long, Run> runs = new HashMap<>();
        try {
            for (Section section : sections) {
                byte[] bytes = new byte[section.runs() * RUN_BYTES];
                open.seek(section.position());
                open.readFully(bytes);
                DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
                for (int i = 0; i < section.runs(); i++) {
                    long block = in.readLong();
                    int length = in.readInt();
                    RegionDigest digest = new RegionDigest(in.readLong(), in.readLong());
                    PackId pack = new PackId(new UUID(in.readLong(), in.readLong()));
                    ChunkRef chunk = new ChunkRef(pack, in.readInt());
                    runs.put(
                            block, new Run(length, digest, new Slice(chunk, in.readInt(), length)));
                }
            }
            return runs;
        } catch (IOException e) {
            giveUp(e);
            return Map.of();
        }
    }

    private synchronized void append(byte[] body) {
        RandomAccessFile open = file;
        if (open == null || body.length == 0) {
            return;
        }
        ByteArrayOutputStream record = new ByteArrayOutputStream(body.length + 8);
        DataOutputStream out = new DataOutputStream(record);
        try {
            out.writeInt(body.length);
            out.writeInt(crc(body));
            out.write(body);
            open.seek(open.length());
            open.write(record.toByteArray());
        } catch (IOException e) {
            giveUp(e);
        }
    }

    /** One thread's hand: what it noted of several files goes to the file together. */
    final class Hand {
        private final ByteArrayOutputStream sections = new ByteArrayOutputStream();
        private final ByteArrayOutputStream runs = new ByteArrayOutputStream();
        private String name = "";
        private Map<Long, Run> earlier = Map.of();
        private int inSection;
        private int waiting;

        /** Goes on to a file. */
        void turnTo(String next) {
            endSection();
            name = next;
            earlier = runsOf(next);
        }

        /** Where a run of that digest was put by the snapshot before. */
        Optional<Slice> find(long block, int length, RegionDigest digest) {
            return Optional.ofNullable(earlier.get(block))
                    .filter(run -> run.length() == length && run.digest().equals(digest))
                    .map(Run::slice);
        }

        /** Notes a run. */
        void note(long block, int length, RegionDigest digest, Slice slice) {
            if (!isKept()) {
                return;
            }
            try {
                DataOutputStream out = new DataOutputStream(runs);
                out.writeLong(block);
                out.writeInt(length);
                out.writeLong(digest.high());
                out.writeLong(digest.low());
                UUID pack = slice.chunk().pack().value();
                out.writeLong(pack.getMostSignificantBits());
                out.writeLong(pack.getLeastSignificantBits());
                out.writeInt(slice.chunk().ordinal());
                out.writeInt(slice.offset());
            } catch (IOException e) {
                throw new IllegalStateException("memory does not fail", e);
            }
            inSection++;
            waiting++;
            if (waiting == RUNS_AT_ONCE) {
                flush();
            }
        }

        /** Writes what waits. */
        void flush() {
            endSection();
            append(sections.toByteArray());
            sections.reset();
            waiting = 0;
        }

        private void endSection() {
            if (inSection == 0) {
                return;
            }
            try {
                DataOutputStream out = new DataOutputStream(sections);
                out.writeUTF(name);
                out.writeInt(inSection);
                runs.writeTo(out);
            } catch (IOException e) {
                // a path of more than 64 KiB: its runs are stored anew
                LOG.debug("no note of {}", name, e);
            }
            runs.reset();
            inSection = 0;
        }
    }
}
