package org.pgkeep.engine.snapshot;

import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.ChunkRef;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.Slice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cost of reading a file back bounded. Whoever reads a file opens every chunk that its
 * map refers to; a file of which a few blocks change in each snapshot comes to refer to more and
 * more chunks, of each of which it uses less and less.
 *
 * <p>The rule: a map refers to at most {@link #CHUNKS_PER_REGION} chunks for each region of the
 * file that is stored, and {@link #CHUNKS_SPARE} more. Where a new map would refer to more, the
 * blocks from the chunks of which it uses the fewest bytes are stored anew, side by side, until it
 * does not. The average use of a chunk is then below half a chunk, so those chosen are thin: few
 * bytes are stored twice for each chunk that is saved. The work is spread over the snapshots by
 * itself, because each one adds few chunks.
 */
final class Gathering {
    private static final Logger LOG = LoggerFactory.getLogger(Gathering.class);

    /** At the worst, reading a file back opens twice its bytes, and the spare chunks. */
    static final int CHUNKS_PER_REGION = 2;

    /** Lets a small file change a few times before it is stored whole again. */
    static final int CHUNKS_SPARE = 2;

    private final ChunkReader chunks;
    private final Set<PackId> packsHeld;
    private final PackWriter packs;

    /**
     * Gathers into packs.
     *
     * @param packsHeld the packs that were there before: only their chunks can be read already
     */
    Gathering(ChunkReader chunks, Set<PackId> packsHeld, PackWriter packs) {
        this.chunks = chunks;
        this.packsHeld = packsHeld;
        this.packs = packs;
    }

    /** The same file by a map that keeps the rule. */
    FileMap gather(FileMap map) {
        Map<ChunkRef, Integer> used = new LinkedHashMap<>();
        long regions = 0;
        long lastRegion = -1;
        for (Extent extent : map.extents()) {
            used.merge(extent.slice().chunk(), extent.slice().length(), Integer::sum);
            long region = (extent.endBlock() - 1) / FileMap.REGION_BLOCKS;
            regions += region == lastRegion ? 0 : 1;
            lastRegion = region;
        }
        long most = CHUNKS_PER_REGION * regions + CHUNKS_SPARE;
        if (used.size() <= most) {
            return map;
        }
        try {
            return moved(map, thinnest(used, most));
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            // the map as it is refers to the same damage, which a check of the vault reports
            LOG.warn("leaving a file scattered: {}", failure.message());
            return map;
        }
    }

    private Set<ChunkRef> thinnest(Map<ChunkRef, Integer> used, long most) {
        List<Map.Entry<ChunkRef, Integer>> candidates =
                used.entrySet().stream()
                        .filter(entry -> packsHeld.contains(entry.getKey().pack()))
                        .sorted(Comparator.comparingInt(Map.Entry::getValue))
                        .toList();
        Set<ChunkRef> chosen = new HashSet<>();
        long bytes = 0;
        for (Map.Entry<ChunkRef, Integer> candidate : candidates) {
            // what is gathered needs chunks of its own
            long left = used.size() - chosen.size() + chunksOf(bytes);
            if (left <= most || candidate.getValue() > PackWriter.CHUNK_BYTES / 2) {
                break;
            }
            chosen.add(candidate.getKey());
            bytes += candidate.getValue();
        }
        return chosen;
    }

    private static long chunksOf(long bytes) {
        return (bytes + PackWriter.CHUNK_BYTES - 1) / PackWriter.CHUNK_BYTES;
    }

    private FileMap moved(FileMap map, Set<ChunkRef> chosen) {
        Extents extents = new Extents();
        for (Extent extent : map.extents()) {
            if (chosen.contains(extent.slice().chunk())) {
                byte[] bytes = chunks.read(extent.slice());
                Slice slice = packs.appendData(bytes, 0, bytes.length);
                extents.add(extent.firstBlock(), slice);
            } else {
                extents.add(extent);
            }
        }
        return new FileMap(extents.list(), map.digests());
    }
}
