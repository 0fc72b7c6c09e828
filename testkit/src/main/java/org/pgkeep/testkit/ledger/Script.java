package org.pgkeep.testkit.ledger;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What transaction {@code seq} of a writer consists of: a pure function of seed, writer and number,
 * so that nothing of it needs to be remembered for the check.
 *
 * <p>Each writer moves amounts between accounts of its own. So writers never wait for each other,
 * and the balances of its accounts follow from the numbers of its transactions that are there.
 */
record Script(long seed, int payloadBytes) {
    static final int ACCOUNTS_PER_WRITER = 10;
    static final long FIRST_BALANCE = 1_000_000;

    private static final int SMALL_PERCENT = 70;
    private static final int BIG_PERCENT = 10;
    private static final int SAVEPOINTS_PERCENT = 10;

    /** A big transaction's payload stays near this bound, whatever the payload's size. */
    private static final int BIG_BYTES = 200_000;

    private static final int BIG_LINES_MIN = 2;
    private static final int BIG_LINES_MAX = 200;
    private static final int FEW_SAVEPOINTS = 6;

    /** More than the 64 subtransactions that a backend keeps in shared memory. */
    private static final int MANY_SAVEPOINTS = 150;

    enum Kind {
        SMALL,
        BIG,
        /** Every line in a subtransaction of its own, every second one rolled back. */
        SAVEPOINTS,
        /** Rolled back as a whole, on purpose. */
        ROLLED_BACK
    }

    /**
     * One row of {@code ledger_entry} and the transfer that belongs to it.
     *
     * @param undone written in a subtransaction that is rolled back: never there
     */
    @SuppressWarnings("ArrayRecordComponent") // handed to JDBC at once, never compared
    record Line(int number, int source, int target, long amount, byte[] payload, boolean undone) {}

    Kind kind(int writer, long seq) {
        int percent = random(writer, seq).nextInt(100);
        if (percent < SMALL_PERCENT) {
            return Kind.SMALL;
        }
        if (percent < SMALL_PERCENT + BIG_PERCENT) {
            return Kind.BIG;
        }
        return percent < SMALL_PERCENT + BIG_PERCENT + SAVEPOINTS_PERCENT
                ? Kind.SAVEPOINTS
                : Kind.ROLLED_BACK;
    }

    /** The lines in order of their numbers from 0; the first one is never undone. */
    List<Line> lines(int writer, long seq) {
        Kind kind = kind(writer, seq);
        SplittableRandom random = random(writer, seq).split();
        int count =
                switch (kind) {
                    case SMALL -> 1;
                    case ROLLED_BACK -> 1 + random.nextInt(3);
                    case SAVEPOINTS -> random.nextInt(10) == 0 ? MANY_SAVEPOINTS : FEW_SAVEPOINTS;
                    case BIG -> bigLines(random);
                };
        List<Line> lines = new ArrayList<>(count);
        for (int number = 0; number < count; number++) {
            int source = random.nextInt(ACCOUNTS_PER_WRITER);
            int step = 1 + random.nextInt(ACCOUNTS_PER_WRITER - 1);
            lines.add(
                    new Line(
                            number,
                            firstAccount(writer) + source,
                            firstAccount(writer) + (source + step) % ACCOUNTS_PER_WRITER,
                            1 + random.nextInt(1000),
                            payload(random),
                            kind == Kind.SAVEPOINTS && number % 2 == 1));
        }
        return lines;
    }

    static int firstAccount(int writer) {
        return writer * ACCOUNTS_PER_WRITER;
    }

    /** SHA-256 in hexadecimal. */
    static String digest(byte[] payload) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(payload));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private int bigLines(SplittableRandom random) {
        int most = Math.clamp(BIG_BYTES / Math.max(payloadBytes, 1), BIG_LINES_MIN, BIG_LINES_MAX);
        return Math.max(BIG_LINES_MIN, most / 4 + random.nextInt(most));
    }

    private byte[] payload(SplittableRandom random) {
        byte[] payload = new byte[payloadBytes];
        byte[] half = new byte[(payloadBytes + 1) / 2];
        random.nextBytes(half);
        System.arraycopy(half, 0, payload, 0, half.length);
        Arrays.fill(payload, half.length, payloadBytes, (byte) 'p');
        return payload;
    }

    private SplittableRandom random(int writer, long seq) {
        return new SplittableRandom(
                seed * 0x9E3779B97F4A7C15L
                        + writer * 0xC2B2AE3D27D4EB4FL
                        + seq * 0x165667B19E3779F9L);
    }
}
