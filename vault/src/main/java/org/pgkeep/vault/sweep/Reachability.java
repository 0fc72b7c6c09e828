package org.pgkeep.vault.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;

/**
 * Which packs the snapshots of a place reach.
 *
 * <p>The order of the three listings carries the proof. A snapshot's writer takes its lease, writes
 * packs, publishes, gives the lease back. Packs are listed first, leases second, snapshots third.
 * So a pack that is listed and that no snapshot reaches belongs to a writer whose lease is seen, or
 * to one that gave its lease back without publishing, or is nobody's. In any other order a snapshot
 * that is published between two listings would be taken for rubbish.
 *
 * <p>A pack belongs to the archive of the oldest snapshot that reaches it, which is whose bytes
 * they were first. One thread's.
 */
final class Reachability {
    private final Vault vault;
    private final PackTable packs;

    /**
     * Tombstones that were there before the leases were listed. Only what they bury may go at once:
     * whoever took a lease on it since was told that it is deleted.
     */
    private final Set<ObjectName> early;

    private final List<Lease> leases;
    private final List<Tombstone> tombstones = new ArrayList<>();
    private final List<ArchiveId> archives;
    private final List<Root> roots = new ArrayList<>();
    private final SliceSet seen = new SliceSet();
    private final List<String> troubles = new ArrayList<>();
    private final Set<Slice> unlisted = new HashSet<>();
    private final Set<PackId> missing = new HashSet<>();
    private boolean certain = true;

    /**
     * A snapshot and how much it counts.
     *
     * @param archive whose, as a number
     * @param reached what it makes of the packs it reaches
     */
    record Root(int archive, SnapshotId snapshot, byte reached) {}

    private Reachability(Vault vault, PackTable packs) {
        this.vault = vault;
        this.packs = packs;
        this.early =
                vault.store().list(Names.TOMBSTONES_PREFIX).stream()
                        .map(StoredObject::name)
                        .collect(Collectors.toSet());
        this.leases = Leases.all(vault);
        this.archives =
                vault.store().folders(Names.ARCHIVES_PREFIX).stream()
                        .flatMap(each -> Names.id(each).stream())
                        .map(ArchiveId::new)
                        .sorted()
                        .toList();
    }

    /**
     * Follows all snapshots.
     *
     * @param packs listed just now
     * @param extra tombstones that count as if they were written
     */
    static Reachability of(
            Vault vault, PackTable packs, List<Tombstone> extra, SweepListener listener) {
        Reachability reach = new Reachability(vault, packs);
        reach.findRoots(extra);
        reach.follow(listener);
        return reach;
    }

    private void findRoots(List<Tombstone> extra) {
        // what is stored first, then what is buried: what is deleted in between counts as buried
        for (int i = 0; i < archives.size(); i++) {
            for (SnapshotId snapshot : vault.archive(archives.get(i)).storedSnapshotIds()) {
                roots.add(new Root(i, snapshot, PackTable.LIVE));
            }
        }
        Map<Lease.Reading, Boolean> snapshots = new HashMap<>();
        Map<ArchiveId, Boolean> whole = new HashMap<>();
        extra.forEach(each -> early.add(Tombstones.name(each)));
        tombstones.addAll(new Tombstones(vault).all());
        Set<ObjectName> written =
                tombstones.stream().map(Tombstones::name).collect(Collectors.toSet());
        extra.stream().filter(each -> written.add(Tombstones.name(each))).forEach(tombstones::add);
        for (Tombstone each : tombstones) {
            if (each.snapshot().isPresent()) {
                Lease.Reading one = new Lease.Reading(each.archive(), each.snapshot().get());
                snapshots.merge(one, isAtOnce(each), Boolean::logicalOr);
            } else {
                whole.merge(each.archive(), isAtOnce(each), Boolean::logicalOr);
            }
        }
        Set<Lease.Reading> read = new HashSet<>();
        leases.forEach(lease -> read.addAll(lease.reads()));
        roots.replaceAll(root -> {
            ArchiveId archive = archives.get(root.archive());
            Lease.Reading own = new Lease.Reading(archive, root.snapshot());
            if (read.contains(own) || !(snapshots.containsKey(own) || whole.containsKey(archive))) {
                return root;
            }
            boolean atOnce =
                    snapshots.getOrDefault(own, false) || whole.getOrDefault(archive, false);
            byte reached = atOnce ? PackTable.PURGED : PackTable.BURIED;
            return new Root(root.archive(), root.snapshot(), reached);
        });
        // what is needed first: its packs and maps need no second look. Among those the oldest
        // first: it owns what it shares
        roots.sort(Comparator.comparingInt(Root::reached).reversed().thenComparing(Root::snapshot));
    }

    private void follow(SweepListener listener) {
        for (int i = 0; i < roots.size(); i++) {
            listener.at("following snapshots", i, roots.size());
            Root root = roots.get(i);
            try {
                follow(root);
            } catch (Failure failure) {
                if (failure.code().kind() != Code.Kind.DAMAGED) {
                    throw failure;
                }
                trouble(root, failure.message());
            }
        }
    }

    private void follow(Root root) {
        for (TreeEntry entry : vault.archive(archives.get(root.archive())).tree(root.snapshot())) {
            if (!(entry instanceof TreeEntry.RegularFile file)) {
                continue;
            }
            Slice map = file.map();
            int pack = packs.find(map.chunk().pack());
            boolean fresh =
                    pack < 0
                            ? unlisted.add(map)
                            : seen.add(pack, map.chunk().ordinal(), map.offset());
            if (fresh) {
                reach(root, map.chunk().pack(), true);
                FileMap.readPacks(vault.reader(), map).forEach(each -> reach(root, each, false));
            }
        }
    }

    /**
     * A pack that is not in the table was written after the listing, for a snapshot that was
     * published since: it counts as reached all the same. Or it is missing.
     */
    private void reach(Root root, PackId id, boolean map) {
        int pack = packs.find(id);
        if (pack >= 0) {
            packs.reach(pack, root.reached(), root.archive(), map);
        } else if (root.reached() == PackTable.LIVE
                && vault.store().range(Names.pack(id), 0, 1).isEmpty()
                && missing.add(id)) {
            troubles.add("pack " + id + " is missing; " + title(root) + " refers to it");
        }
    }

    private void trouble(Root root, String why) {
        // what is deleted may be half gone already
        if (root.reached() == PackTable.LIVE) {
            certain = false;
            troubles.add(title(root) + " can't be followed: " + why);
        }
    }

    private String title(Root root) {
        return "snapshot " + root.snapshot() + " of archive " + archives.get(root.archive());
    }

    /** Whether what a tombstone buries goes without waiting. */
    boolean isAtOnce(Tombstone tombstone) {
        return tombstone.atOnce() && early.contains(Tombstones.name(tombstone));
    }

    /** What is deleted. */
    List<Tombstone> tombstones() {
        return tombstones;
    }

    PackTable packs() {
        return packs;
    }

    List<Lease> leases() {
        return leases;
    }

    List<ArchiveId> archives() {
        return archives;
    }

    List<Root> roots() {
        return roots;
    }

    /** How many maps were opened. */
    int mapsOpened() {
        return seen.size();
    }

    /** What is wrong with what is needed. */
    List<String> troubles() {
        return troubles;
    }

    /** Whether everything that is needed is known; if not, no pack may go. */
    boolean isCertain() {
        return certain;
    }

    /** Everything below an archive. */
    List<StoredObject> objects(ArchiveId archive) {
        return vault.store().list(Names.archive(archive));
    }
}
