package org.pgkeep.engine.snapshot;

import java.util.ArrayList;
import java.util.List;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.files.PageChecksum;

/**
 * Holds pages that the log did not name against what it should have named (correctness.md 10 and
 * 11). Its monitor guards the list; many threads call.
 *
 * <p>Two things give a map away that is too small. A page's LSN is the end of the last record that
 * changed it: one from the stretch means a record that named it. And where pages have checksums
 * even hint bits are logged, at their first change behind a checkpoint, such as the one with which
 * the stretch begins: so a page that differs from the newest snapshot's was named. Without
 * checksums a page may differ by hint bits, or be torn; both is repaired, and neither can be told
 * from a defect.
 */
final class PageWatch {
    /** Looks at nothing. */
    static final PageWatch NONE = new PageWatch(Lsn.ZERO, Lsn.ZERO, false, 0, 0);

    /** Enough to see what they have in common. */
    private static final int FOUND_MAX = 50;

    private final Lsn from;
    private final Lsn to;
    private final boolean logsHints;
    private final int oneIn;
    private final long turn;
    private final List<Found> found = new ArrayList<>();

    /**
     * A page that should have been named.
     *
     * @param block its number in the file
     * @param what a clause
     */
    record Found(String file, long block, Lsn pageLsn, String what) {}

    /**
     * A watch over one snapshot.
     *
     * @param from where the stretch of log began
     * @param to where it ended
     * @param logsHints whether the cluster has checksums
     * @param oneIn how many regions there are for one that is read although nothing in it is named:
     *     1 for all, 0 for none
     * @param turn which of them it is this time
     */
    PageWatch(Lsn from, Lsn to, boolean logsHints, int oneIn, long turn) {
        this.from = from;
        this.to = to;
        this.logsHints = logsHints;
        this.oneIn = oneIn;
        this.turn = turn;
    }

    /** Whether a region is to be read whole, so that it can be looked at. */
    boolean wants(String path, long region) {
        return oneIn != 0 && Math.floorMod(path.hashCode() + region - turn, oneIn) == 0;
    }

    /** Looks at a whole page that the log did not name. */
    void look(String file, long block, byte[] bytes, int offset, boolean differs) {
        Lsn written = PageChecksum.lsn(bytes, offset);
        if (written.isAfter(to)) {
            // changed since this snapshot began: its WAL brings it back
            return;
        }
        if (written.isAfter(from)) {
            note(
                    new Found(
                            file,
                            block,
                            written,
                            "it was written in a stretch that did not name it"));
        } else if (differs && logsHints) {
            note(new Found(file, block, written, "it differs, and the log names no change of it"));
        }
    }

    private synchronized void note(Found page) {
        if (found.size() < FOUND_MAX) {
            found.add(page);
        }
    }

    /** What was found, the first ones. */
    synchronized List<Found> found() {
        return List.copyOf(found);
    }
}
