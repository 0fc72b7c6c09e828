package org.pgkeep.engine.snapshot;

import java.util.ArrayList;
import java.util.List;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.Slice;

/** The extents of a map in the making, in the order of their blocks. */
final class Extents {
    private final List<Extent> list = new ArrayList<>();

    /** The extents so far. */
    List<Extent> list() {
        return list;
    }

    /** Adds an extent as it is. */
    void add(Extent extent) {
        list.add(extent);
    }

    /**
     * Adds a run of blocks; makes the last extent longer where both are one run of one region. No
     * extent ever crosses the border of a region.
     */
    void add(long block, Slice slice) {
        if (!list.isEmpty() && block % FileMap.REGION_BLOCKS != 0) {
            Extent last = list.getLast();
            Slice before = last.slice();
            if (last.endBlock() == block
                    && before.chunk().equals(slice.chunk())
                    && before.offset() + before.length() == slice.offset()
                    && before.length() % FileMap.BLOCK_BYTES == 0) {
                int length = before.length() + slice.length();
                Slice both = new Slice(slice.chunk(), before.offset(), length);
                list.set(list.size() - 1, new Extent(last.firstBlock(), both));
                return;
            }
        }
        list.add(new Extent(block, slice));
    }
}
