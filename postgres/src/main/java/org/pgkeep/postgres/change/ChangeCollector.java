package org.pgkeep.postgres.change;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.change.ChangedBlocks.DatabaseKey;
import org.pgkeep.postgres.change.ChangedBlocks.Fork;
import org.pgkeep.postgres.change.ChangedBlocks.ForkKey;
import org.pgkeep.postgres.wal.BlockReferences;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.postgres.wal.WalRecord;

/**
 * Makes the map of changed blocks from records. What PostgreSQL's summariser decides
 * (walsummarizer.c) is decided so too, or more strictly:
 *
 * <ul>
 *   <li>every block reference of every record counts, of main and init forks;
 *   <li>a fork that is made, and a relation that is dropped, is to be read whole; one that is cut,
 *       from the cut on;
 *   <li>a database that is made (either way) or removed is to be read whole, a tablespace too;
 *   <li>where the log was written with {@code wal_level=minimal}, by a resource manager or in a way
 *       that is not known, nothing is vouched for.
 * </ul>
 *
 * Memory: for each block named 4 to 16 bytes, never more than 16 KiB for each GiB of a relation.
 * Owned by one thread.
 */
public final class ChangeCollector {
    private static final int MAIN = 0;
    private static final int INIT = 3;
    private static final long NO_LIMIT = 0xFFFF_FFFFL;

    /** SMGR_TRUNCATE_HEAP (storage_xlog.h). */
    private static final int TRUNCATES_MAIN = 1;

    /** RM_MAX_BUILTIN_ID of 13 to 18 (rmgrlist.h), and RM_MIN_CUSTOM_ID. */
    private static final int BUILT_IN_MAX = 21;

    private static final int CUSTOM_MIN = 128;

    private static final int XLOG = 0;
    private static final int STORAGE = 2;
    private static final int DATABASE = 4;
    private static final int TABLESPACE = 5;

    /** Bit n: whether info n &lt;&lt; 4 of XLOG is one of 13 to 18 (pg_control.h). */
    private static final int XLOG_KNOWN = 0b0110_1111_1111_1111;

    private static final int RECENT = 64;

    private final BlockReferences references;
    private final Map<PieceKey, Piece> pieces = new HashMap<>();
    private final Map<ForkKey, Long> limits = new HashMap<>();
    private final TreeSet<DatabaseKey> databases = new TreeSet<>();
    private final TreeSet<Integer> tablespaces = new TreeSet<>();
    private final TreeSet<String> reasons = new TreeSet<>();

    /** The piece used last of those with the same hash: most records are of the same few. */
    private final @Nullable Piece[] recent = new @Nullable Piece[RECENT];

    private record PieceKey(ForkKey fork, int piece) {}

    private static final class Piece {
        private final PieceKey key;
        private final BlockSet.Collector blocks = new BlockSet.Collector();

        Piece(PieceKey key) {
            this.key = key;
        }

        boolean is(int tablespace, int database, int relation, int fork, int piece) {
            ForkKey of = key.fork();
            return of.relation() == relation
                    && key.piece() == piece
                    && of.fork() == fork
                    && of.database() == database
                    && of.tablespace() == tablespace;
        }
    }

    /**
     * For the WAL of one server.
     *
     * @param major 13 to 18
     */
    public ChangeCollector(int major) {
        this.references = new BlockReferences(major);
    }

    /**
     * Takes the next record.
     *
     * @param event what it means, as {@code WalEvents} decodes it
     * @throws Failure DAMAGED_WAL if the record is not laid out as this version lays it out
     */
    public void take(WalRecord record, Optional<WalEvent> event) {
        int count = references.read(record);
        for (int i = 0; i < count; i++) {
            int fork = references.fork(i);
            if (fork == MAIN || fork == INIT) {
                mark(i, fork);
            }
        }
        int manager = record.resourceManager();
        if (manager > BUILT_IN_MAX) {
            distrust(
                    record.start(),
                    (manager < CUSTOM_MIN ? "unknown" : "custom")
                            + " resource manager "
                            + manager
                            + " wrote");
        } else if (event.isPresent()) {
            note(event.get());
        } else {
            requireKnown(record, manager);
        }
    }

    private void mark(int reference, int fork) {
        int block = references.block(reference);
        int relation = references.relation(reference);
        int piece = block >>> 17;
        int place = (relation * 31 + piece * 7 + fork) & RECENT - 1;
        int tablespace = references.tablespace(reference);
        int database = references.database(reference);
        Piece found = recent[place];
        if (found == null || !found.is(tablespace, database, relation, fork, piece)) {
            PieceKey key = new PieceKey(new ForkKey(tablespace, database, relation, fork), piece);
            found = pieces.computeIfAbsent(key, Piece::new);
            recent[place] = found;
        }
        found.blocks.add(block & BlockSet.PIECE_BLOCKS - 1);
    }

    /** What changes files without naming blocks has an event; what has none must be known. */
    private void requireKnown(WalRecord record, int manager) {
        int info = record.info() >>> 4 & 0x0F;
        boolean known =
                switch (manager) {
                    case XLOG -> (XLOG_KNOWN >>> info & 1) != 0;
                    case STORAGE, DATABASE, TABLESPACE -> false;
                    default -> true;
                };
        if (!known) {
            distrust(record.start(), "an unknown record was written");
        }
    }

    private void distrust(Lsn at, String why) {
        // the first of a kind is enough, a server may write millions
        if (reasons.stream().noneMatch(each -> each.startsWith(why))) {
            reasons.add(why + " at " + at);
        }
    }

    private void note(WalEvent event) {
        if (event.levelFromHere().orElse(1) == 0) {
            distrust(event.start(), "wal_level is minimal");
        }
        switch (event) {
            case WalEvent.TransactionEnd end -> end.dropped().forEach(this::renewed);
            case WalEvent.RelationCreated made -> {
                if (made.fork() == MAIN || made.fork() == INIT) {
                    cut(made.relation(), made.fork(), 0);
                }
            }
            case WalEvent.RelationTruncated cut -> {
                if ((cut.flags() & TRUNCATES_MAIN) != 0) {
                    cut(cut.relation(), MAIN, cut.blocks());
                }
            }
            case WalEvent.DatabaseCreated made ->
                    databases.add(new DatabaseKey(made.tablespace(), made.database()));
            case WalEvent.DatabaseDropped dropped -> {
                List<Integer> from = dropped.tablespaces();
                from.forEach(each -> databases.add(new DatabaseKey(each, dropped.database())));
            }
            case WalEvent.TablespaceCreated made -> tablespaces.add(made.tablespace());
            case WalEvent.TablespaceDropped dropped -> tablespaces.add(dropped.tablespace());
            case WalEvent.Prepare _,
                    WalEvent.RestorePoint _,
                    WalEvent.Checkpoint _,
                    WalEvent.RedoPoint _,
                    WalEvent.EndOfRecovery _,
                    WalEvent.ParameterChange _,
                    WalEvent.SegmentSwitch _ -> {}
        }
    }

    private void renewed(RelationFile relation) {
        cut(relation, MAIN, 0);
        cut(relation, INIT, 0);
    }

    private void cut(RelationFile relation, int fork, long blocks) {
        limits.merge(
                new ForkKey(relation.tablespace(), relation.database(), relation.relation(), fork),
                blocks,
                Math::min);
    }

    /** The map of all records so far. */
    public ChangedBlocks map() {
        TreeMap<ForkKey, TreeMap<Integer, BlockSet>> sets = new TreeMap<>();
        for (Piece each : pieces.values()) {
            sets.computeIfAbsent(each.key.fork(), _ -> new TreeMap<>())
                    .put(each.key.piece(), each.blocks.set());
        }
        limits.keySet().forEach(each -> sets.computeIfAbsent(each, _ -> new TreeMap<>()));
        TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        sets.forEach((key, found) -> {
            long limit = limits.getOrDefault(key, NO_LIMIT);
            forks.put(key, new Fork(limit, found).trimmed());
        });
        ChangedBlocks all =
                new ChangedBlocks(
                        forks,
                        new TreeSet<>(databases),
                        new TreeSet<>(tablespaces),
                        new TreeSet<>(reasons));
        return new ChangedBlocks.Union().add(all).map();
    }
}
