package org.pgkeep.postgres.change;

import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.files.RelationPart;

/**
 * The blocks that a stretch of the log changed, or may have changed. Main and init forks only: the
 * free space map is not logged, and the visibility map is changed without being named (rule 10 of
 * the reader's decision page), so both are to be read whole whatever the log says.
 *
 * <p>Maps can be joined in any order and any number of times: the result says of every block that
 * it changed if one of them does. Immutable.
 */
public final class ChangedBlocks {
    private static final int FORMAT = 1;

    /** A reason is a clause of words and a position. */
    private static final int REASON_BYTES_MAX = 1000;

    /** More reasons not to trust a stretch than these tell nobody anything. */
    private static final int REASONS_MAX = 16;

    /** MaxBlockNumber + 1. */
    private static final long BLOCKS_MAX = 0xFFFF_FFFFL;

    private static final int MAIN = 0;
    private static final int INIT = 3;

    /** A map of no changes. */
    public static final ChangedBlocks NONE =
            new ChangedBlocks(
                    Collections.emptyNavigableMap(),
                    Collections.emptySortedSet(),
                    Collections.emptySortedSet(),
                    Collections.emptySortedSet());

    /** A fork of a relation. */
    record ForkKey(int tablespace, int database, int relation, int fork)
            implements Comparable<ForkKey> {
        private static final Comparator<ForkKey> ORDER =
                Comparator.comparing(ForkKey::tablespace, Integer::compareUnsigned)
                        .thenComparing(ForkKey::database, Integer::compareUnsigned)
                        .thenComparing(ForkKey::relation, Integer::compareUnsigned)
                        .thenComparingInt(ForkKey::fork);

        DatabaseKey databaseKey() {
            return new DatabaseKey(tablespace, database);
        }

        @Override
        public int compareTo(ForkKey other) {
            return ORDER.compare(this, other);
        }
    }

    /** A database's folder in a tablespace. */
    record DatabaseKey(int tablespace, int database) implements Comparable<DatabaseKey> {
        private static final Comparator<DatabaseKey> ORDER =
                Comparator.comparing(DatabaseKey::tablespace, Integer::compareUnsigned)
                        .thenComparing(DatabaseKey::database, Integer::compareUnsigned);

        @Override
        public int compareTo(DatabaseKey other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * What is known of a fork.
     *
     * @param limit every block from this one on may have changed; {@link #BLOCKS_MAX} for none
     * @param pieces blocks before the limit, by piece
     */
    record Fork(long limit, NavigableMap<Integer, BlockSet> pieces) {
        static final Fork UNCHANGED = new Fork(BLOCKS_MAX, Collections.emptyNavigableMap());

        /** The same below the limit only. */
        Fork trimmed() {
            if (limit == BLOCKS_MAX) {
                return this;
            }
            int piece = (int) (limit / BlockSet.PIECE_BLOCKS);
            TreeMap<Integer, BlockSet> kept = new TreeMap<>(pieces.headMap(piece, false));
            Optional.ofNullable(pieces.get(piece))
                    .map(set -> set.before((int) (limit % BlockSet.PIECE_BLOCKS)))
                    .filter(set -> !set.isEmpty())
                    .ifPresent(set -> kept.put(piece, set));
            return new Fork(limit, kept);
        }

        Fork or(Fork other) {
            TreeMap<Integer, BlockSet> joined = new TreeMap<>(pieces);
            other.pieces.forEach((piece, set) -> joined.merge(piece, set, BlockSet::or));
            return new Fork(Math.min(limit, other.limit), joined).trimmed();
        }
    }

    private final NavigableMap<ForkKey, Fork> forks;
    private final SortedSet<DatabaseKey> databases;
    private final SortedSet<Integer> tablespaces;
    private final SortedSet<String> reasons;

    ChangedBlocks(
            NavigableMap<ForkKey, Fork> forks,
            SortedSet<DatabaseKey> databases,
            SortedSet<Integer> tablespaces,
            SortedSet<String> reasons) {
        this.forks = forks;
        this.databases = databases;
        this.tablespaces = tablespaces;
        this.reasons = reasons;
    }

    /** A map that vouches for nothing. */
    public static ChangedBlocks unknown(String why) {
        return new ChangedBlocks(
                Collections.emptyNavigableMap(),
                Collections.emptySortedSet(),
                Collections.emptySortedSet(),
                new TreeSet<>(List.of(why)));
    }

    /** Why the whole stretch can't be vouched for; empty if it can. */
    public List<String> reasons() {
        return List.copyOf(reasons);
    }

    /**
     * What is known of one file.
     *
     * @param blocksPerFile how many blocks a full file of a relation has, normally 131072
     */
    public FileChanges of(RelationPart part, int blocksPerFile) {
        if (!reasons.isEmpty()) {
            return new FileChanges.Everything(reasons.first());
        }
        RelationFile file = part.relation();
        int fork =
                switch (part.fork()) {
                    case MAIN -> MAIN;
                    case INIT -> INIT;
                    case FREE_SPACE_MAP, VISIBILITY_MAP -> -1;
                };
        if (fork < 0) {
            return new FileChanges.Everything("the log does not name all changes of this fork");
        }
        if (tablespaces.contains(file.tablespace())
                || databases.contains(new DatabaseKey(file.tablespace(), file.database()))) {
            return new FileChanges.Everything("its database was made or removed");
        }
        Fork known =
                forks.getOrDefault(
                        new ForkKey(file.tablespace(), file.database(), file.relation(), fork),
                        Fork.UNCHANGED);
        long first = part.firstBlock(blocksPerFile);
        if (known.limit() <= first) {
            return new FileChanges.Everything("it was made anew or cut");
        }
        long behind = Math.min(known.limit() - first, blocksPerFile);
        return new FileChanges.Blocks(within(known, first, first + behind), (int) behind);
    }

    private static BitSet within(Fork known, long from, long to) {
        BitSet found = new BitSet();
        int firstPiece = (int) (from / BlockSet.PIECE_BLOCKS);
        int lastPiece = (int) ((to - 1) / BlockSet.PIECE_BLOCKS);
        known.pieces()
                .subMap(firstPiece, true, lastPiece, true)
                .forEach((piece, set) -> {
                    long[] words = BlockSet.emptyWords();
                    set.addTo(words);
                    long base = (long) piece * BlockSet.PIECE_BLOCKS;
                    BitSet bits = BitSet.valueOf(words);
                    for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
                        if (base + i >= from && base + i < to) {
                            found.set((int) (base + i - from));
                        }
                    }
                });
        return found;
    }

    /** How many blocks are named one by one. */
    public long namedBlocks() {
        long named = 0;
        for (Fork fork : forks.values()) {
            for (BlockSet set : fork.pieces().values()) {
                long[] words = BlockSet.emptyWords();
                set.addTo(words);
                named += BitSet.valueOf(words).cardinality();
            }
        }
        return named;
    }

    /** Roughly the bytes of memory it takes. */
    public long memoryBytes() {
        long bytes = 64L * (databases.size() + tablespaces.size());
        for (Fork fork : forks.values()) {
            bytes += 160;
            for (BlockSet set : fork.pieces().values()) {
                bytes += 96 + set.packedBytes();
            }
        }
        return bytes;
    }

    /** Joins maps, one after the other. Owned by one thread. */
    public static final class Union {
        private final TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        private final TreeSet<DatabaseKey> databases = new TreeSet<>();
        private final TreeSet<Integer> tablespaces = new TreeSet<>();
        private final TreeSet<String> reasons = new TreeSet<>();

        /** Takes one in. */
        public Union add(ChangedBlocks map) {
            map.forks.forEach((key, fork) -> forks.merge(key, fork, Fork::or));
            databases.addAll(map.databases);
            tablespaces.addAll(map.tablespaces);
            reasons.addAll(map.reasons);
            while (reasons.size() > REASONS_MAX) {
                reasons.removeLast();
            }
            return this;
        }

        /** The map of all that was taken in. */
        public ChangedBlocks map() {
            TreeMap<ForkKey, Fork> left = new TreeMap<>(forks);
            // what is to be read whole anyway needs no word of its own
            left.keySet()
                    .removeIf(each ->
                            tablespaces.contains(each.tablespace())
                                    || databases.contains(each.databaseKey()));
            return new ChangedBlocks(
                    left,
                    new TreeSet<>(databases),
                    new TreeSet<>(tablespaces),
                    new TreeSet<>(reasons));
        }
    }

    /** Writes it; docs/format.md tells the bytes. */
    public void write(Packer to) {
        to.number(FORMAT);
        to.number(reasons.size());
        reasons.forEach(to::text);
        to.number(databases.size());
        for (DatabaseKey each : databases) {
            to.objectId(each.tablespace());
            to.objectId(each.database());
        }
        to.number(tablespaces.size());
        tablespaces.forEach(to::objectId);
        to.number(forks.size());
        forks.forEach((key, fork) -> {
            to.objectId(key.tablespace());
            to.objectId(key.database());
            to.objectId(key.relation());
            to.number(key.fork());
            to.number(fork.limit());
            to.number(fork.pieces().size());
            fork.pieces()
                    .forEach((piece, set) -> {
                        to.number(piece);
                        set.write(to);
                    });
        });
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the bytes are something else
     */
    public static ChangedBlocks read(Unpacker from) {
        if (from.number() != FORMAT) {
            throw new IllegalArgumentException("a map of another format");
        }
        TreeSet<String> reasons = new TreeSet<>();
        for (int left = from.count(); left > 0; left--) {
            reasons.add(from.text(REASON_BYTES_MAX));
        }
        TreeSet<DatabaseKey> databases = new TreeSet<>();
        for (int left = from.count(); left > 0; left--) {
            databases.add(new DatabaseKey(from.objectId(), from.objectId()));
        }
        TreeSet<Integer> tablespaces = new TreeSet<>();
        for (int left = from.count(); left > 0; left--) {
            tablespaces.add(from.objectId());
        }
        TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        for (int left = from.count(); left > 0; left--) {
            ForkKey key =
                    new ForkKey(
                            from.objectId(), from.objectId(), from.objectId(), from.number(INIT));
            long limit = from.number();
            if (limit < 0 || limit > BLOCKS_MAX) {
                throw new IllegalArgumentException("no block: " + limit);
            }
            TreeMap<Integer, BlockSet> pieces = new TreeMap<>();
            for (int more = from.count(); more > 0; more--) {
                pieces.put(
                        from.number((int) (BLOCKS_MAX / BlockSet.PIECE_BLOCKS)),
                        BlockSet.read(from));
            }
            forks.put(key, new Fork(limit, pieces).trimmed());
        }
        return new ChangedBlocks(forks, databases, tablespaces, reasons);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChangedBlocks that
                && forks.equals(that.forks)
                && databases.equals(that.databases)
                && tablespaces.equals(that.tablespaces)
                && reasons.equals(that.reasons);
    }

    @Override
    public int hashCode() {
        return forks.hashCode();
    }

    @Override
    public String toString() {
        return "changes of " + forks.size() + " forks, " + databases + reasons;
    }
}
