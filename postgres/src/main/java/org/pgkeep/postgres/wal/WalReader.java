package org.pgkeep.postgres.wal;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * Turns WAL bytes, fed in order in runs of any length, into records (xlogreader.c tells the rules).
 *
 * <p>Every page header and every record's CRC is checked. A record that lies inside one page and
 * one run is handed over where it lies; others are put together in a buffer that grows with what
 * was really fed, never with what a length field promises. Where valid WAL ends is a state, not an
 * exception: a cut segment filled up with zeros, or a recycled one with older pages behind its end,
 * ends {@link State#ENDED} or {@link State#BROKEN}, and only the caller knows whether more should
 * have come. One owner thread.
 */
public final class WalReader {
    /** How far it has come. */
    public enum State {
        /** Everything fed so far is WAL, and more can follow. */
        READING,
        /** Where a record or page should begin there are zeros: the WAL ends there. */
        ENDED,
        /** The bytes are wrong; see {@link #broken()}. */
        BROKEN
    }

    /** MaxAllocSize, above every limit PostgreSQL has had for a record. */
    private static final int RECORD_BYTES_MAX = 0x3FFF_FFFF;

    private static final int CRC_OFFSET = 20;
    private static final int ALIGNMENT = 8;
    private static final int XLOG = 0;
    private static final int XLOG_SWITCH = 0x40;
    private static final int RESOURCE_MANAGER_INFO = 0xF0;

    /** A buffer that had to grow beyond this is given back after its record. */
    private static final int ASSEMBLY_BYTES_KEPT = 1 << 20;

    private static final int ASSEMBLY_BYTES_FIRST = 1 << 16;

    private final int segmentBytes;
    private final OptionalLong expectedSystem;
    private final CRC32C crc = new CRC32C();

    private State state = State.READING;
    private String reason = "";
    private long fed;
    private long end;
    private Optional<Lsn> firstRecord = Optional.empty();

    // the page
    private final byte[] header = new byte[PageHeader.LONG_BYTES];
    private int headerBytes;
    private int headerFilled;
    private Optional<PageHeader> lastHeader = Optional.empty();
    private OptionalLong systemIdentifier = OptionalLong.empty();

    // between records: how much to pass over
    private long tailBytes;
    private int paddingBytes;
    private long emptyUntil;

    // the record that is being put together; nothing while assembled is 0
    private byte[] assembly = new byte[ASSEMBLY_BYTES_FIRST];
    private int assembled;
    private int totalBytes;
    private long recordStart;

    /**
     * A reader that accepts any server's WAL.
     *
     * @param start the position of the first byte that will be fed: the start of a page (a record
     *     continued from an earlier page is passed over), or exactly the start of a record
     * @param segmentBytes the cluster's segment size
     */
    public WalReader(Lsn start, int segmentBytes) {
        this(start, segmentBytes, OptionalLong.empty());
    }

    /** As the other; a long header with another system identifier is wrong. */
    public WalReader(Lsn start, int segmentBytes, OptionalLong systemIdentifier) {
        if (start.value() % ALIGNMENT != 0) {
            throw new IllegalArgumentException("no record starts at " + start);
        }
        if (Integer.bitCount(segmentBytes) != 1 || segmentBytes < WalPages.PAGE_BYTES) {
            throw new IllegalArgumentException("not a WAL segment size: " + segmentBytes);
        }
        this.segmentBytes = segmentBytes;
        this.expectedSystem = systemIdentifier;
        this.fed = start.value();
        this.end = fed;
    }

    /**
     * Takes the next bytes and hands over every record that became whole, in order. Bytes behind
     * the end of valid WAL are passed over. If the consumer throws, {@link #fed()} is the position
     * behind the record it was given; feeding can go on from there.
     */
    public void feed(byte[] bytes, int offset, int length, Consumer<WalRecord> records) {
        int at = offset;
        int limit = offset + length;
        long base = fed - offset;
        while (at < limit) {
            if (state != State.READING) {
                fed += limit - at;
                return;
            }
            if (emptyUntil != 0) {
                passEmpty(limit - at);
            } else if (headerFilled < headerBytes || inPage() == 0) {
                takeHeader(bytes, at, limit - at);
            } else {
                takeContent(
                        bytes, at, Math.min(limit - at, WalPages.PAGE_BYTES - inPage()), records);
            }
            at = (int) (fed - base);
        }
    }

    /** The position of the next byte expected. */
    public Lsn fed() {
        return new Lsn(fed);
    }

    /**
     * The position behind the last whole record, as PostgreSQL counts it ({@link WalRecord#end()});
     * the start while there was none. May lie up to 7 bytes behind {@link #fed()}, and behind a
     * segment switch up to a segment.
     */
    public Lsn end() {
        return new Lsn(end);
    }

    /** How far it has come. */
    public State state() {
        return state;
    }

    /** What is wrong with the bytes, a clause that names the position; empty if nothing is. */
    public Optional<String> broken() {
        return state == State.BROKEN ? Optional.of(reason) : Optional.empty();
    }

    /** The position of the first record handed over. */
    public Optional<Lsn> firstRecord() {
        return firstRecord;
    }

    /** The timeline in the newest page header seen; empty before the first. */
    public Optional<TimelineId> timeline() {
        return lastHeader.map(each -> new TimelineId((int) each.timeline()));
    }

    /** The system identifier in the newest long header seen; empty before the first. */
    public OptionalLong systemIdentifier() {
        return systemIdentifier;
    }

    /** The major version that wrote the pages; empty before the first page header. */
    public OptionalInt majorVersion() {
        return lastHeader.isEmpty()
                ? OptionalInt.empty()
                : WalPages.majorOf(lastHeader.get().magic());
    }

    private boolean isFirstPage() {
        return lastHeader.isEmpty() && assembled == 0 && firstRecord.isEmpty();
    }

    private int inPage() {
        return (int) (fed & WalPages.PAGE_BYTES - 1);
    }

    /** Behind a segment switch: zeros, page headers among them, up to the segment's end. */
    private void passEmpty(int available) {
        fed += Math.min(available, emptyUntil - fed);
        if (fed == emptyUntil) {
            emptyUntil = 0;
        }
    }

    private void takeHeader(byte[] bytes, int offset, int available) {
        if (inPage() == 0) {
            headerBytes = PageHeader.bytesAt(fed, segmentBytes);
            headerFilled = 0;
        }
        int taken = Math.min(available, headerBytes - headerFilled);
        System.arraycopy(bytes, offset, header, headerFilled, taken);
        headerFilled += taken;
        fed += taken;
        if (headerFilled == headerBytes) {
            enterPage(fed - headerBytes, PageHeader.read(header, 0, headerBytes));
        }
    }

    private void enterPage(long page, PageHeader found) {
        if (found.isBlank()) {
            state = State.ENDED;
            return;
        }
        Optional<String> wrong =
                found.wrongAt(page, segmentBytes, expectedSystem)
                        .or(() -> wrongAfterLast(page, found))
                        .or(() -> wrongContinuation(page, found));
        if (wrong.isPresent()) {
            becomeBroken(wrong.get());
            return;
        }
        if (found.has(PageHeader.FIRST_IS_OVERWRITE)) {
            // a crash had cut the record; what follows was written over its missing rest
            assembled = 0;
            tailBytes = 0;
        } else if (isFirstPage()) {
            tailBytes = found.has(PageHeader.FIRST_IS_CONTINUED) ? found.remaining() : 0;
        }
        lastHeader = Optional.of(found);
        found.longer()
                .ifPresent(each -> systemIdentifier = OptionalLong.of(each.systemIdentifier()));
    }

    private Optional<String> wrongAfterLast(long page, PageHeader found) {
        if (lastHeader.isEmpty()) {
            return Optional.empty();
        }
        if (found.magic() != lastHeader.get().magic()) {
            return Optional.of("the WAL page at " + new Lsn(page) + " is of another version");
        }
        if (found.timeline() < lastHeader.get().timeline()) {
            return Optional.of(
                    "the WAL page at "
                            + new Lsn(page)
                            + " goes back to timeline "
                            + found.timeline());
        }
        return Optional.empty();
    }

    private Optional<String> wrongContinuation(long page, PageHeader found) {
        if (found.has(PageHeader.FIRST_IS_OVERWRITE)) {
            return Optional.empty();
        }
        long expected = assembled > 0 ? totalBytes - assembled : tailBytes;
        long remaining = found.has(PageHeader.FIRST_IS_CONTINUED) ? found.remaining() : 0;
        if (isFirstPage() || remaining == expected) {
            return Optional.empty();
        }
        return Optional.of(
                "the WAL page at "
                        + new Lsn(page)
                        + " continues a record with "
                        + remaining
                        + " bytes where "
                        + expected
                        + " should follow");
    }

    /** One step inside a page's content, at most to the page's end. */
    private void takeContent(byte[] bytes, int offset, int available, Consumer<WalRecord> records) {
        if (paddingBytes > 0) {
            int passed = Math.min(paddingBytes, available);
            paddingBytes -= passed;
            fed += passed;
        } else if (tailBytes > 0) {
            int passed = (int) Math.min(tailBytes, available);
            tailBytes -= passed;
            fed += passed;
            paddingBytes = tailBytes == 0 ? padding(fed) : 0;
        } else if (assembled == 0) {
            beginRecord(bytes, offset, available, records);
        } else {
            continueRecord(bytes, offset, available, records);
        }
    }

    private void beginRecord(byte[] bytes, int offset, int available, Consumer<WalRecord> records) {
        recordStart = fed;
        if (available < Integer.BYTES) {
            totalBytes = 0;
            assemble(bytes, offset, available);
            return;
        }
        totalBytes = LittleEndian.signedInt(bytes, offset);
        if (!isPlausibleLength()) {
            return;
        }
        if (totalBytes <= available) {
            fed += totalBytes;
            finishRecord(bytes, offset, records);
        } else {
            assemble(bytes, offset, available);
        }
    }

    private void continueRecord(
            byte[] bytes, int offset, int available, Consumer<WalRecord> records) {
        int wanted = assembled < Integer.BYTES ? Integer.BYTES : totalBytes;
        assemble(bytes, offset, Math.min(available, wanted - assembled));
        if (assembled < wanted) {
            return;
        }
        if (totalBytes == 0) {
            totalBytes = LittleEndian.signedInt(assembly, 0);
            if (!isPlausibleLength()) {
                assembled = 0;
            }
            return;
        }
        assembled = 0;
        finishRecord(assembly, 0, records);
        if (assembly.length > ASSEMBLY_BYTES_KEPT) {
            assembly = new byte[ASSEMBLY_BYTES_FIRST];
        }
    }

    private void assemble(byte[] bytes, int offset, int length) {
        if (assembled + length > assembly.length) {
            int grown = (int) Math.min(2L * (assembled + length), RECORD_BYTES_MAX);
            assembly = Arrays.copyOf(assembly, grown);
        }
        System.arraycopy(bytes, offset, assembly, assembled, length);
        assembled += length;
        fed += length;
    }

    private boolean isPlausibleLength() {
        if (totalBytes == 0) {
            state = State.ENDED;
            return false;
        }
        if (totalBytes < WalRecord.HEADER_BYTES || totalBytes > RECORD_BYTES_MAX) {
            becomeBroken(
                    "the record at "
                            + new Lsn(recordStart)
                            + " has the impossible length "
                            + Integer.toUnsignedString(totalBytes));
            return false;
        }
        return true;
    }

    /** All its bytes are here, and {@code fed} stands behind them. */
    private void finishRecord(byte[] bytes, int offset, Consumer<WalRecord> records) {
        crc.reset();
        crc.update(bytes, offset + WalRecord.HEADER_BYTES, totalBytes - WalRecord.HEADER_BYTES);
        crc.update(bytes, offset, CRC_OFFSET);
        if ((int) crc.getValue() != LittleEndian.signedInt(bytes, offset + CRC_OFFSET)) {
            becomeBroken("the CRC of the record at " + new Lsn(recordStart) + " is wrong");
            return;
        }
        boolean isSwitch =
                bytes[offset + 17] == XLOG
                        && (bytes[offset + 16] & RESOURCE_MANAGER_INFO) == XLOG_SWITCH;
        if (isSwitch) {
            end = fed + segmentBytes - 1 & -(long) segmentBytes;
            emptyUntil = end == fed ? 0 : end;
        } else {
            paddingBytes = padding(fed);
            end = fed + paddingBytes;
        }
        Lsn start = new Lsn(recordStart);
        if (firstRecord.isEmpty()) {
            firstRecord = Optional.of(start);
        }
        records.accept(new WalRecord(start, new Lsn(end), bytes, offset, totalBytes));
    }

    private void becomeBroken(String why) {
        state = State.BROKEN;
        reason = why;
    }

    private static int padding(long position) {
        return (int) (-position & ALIGNMENT - 1);
    }
}
