package org.pgkeep.vault.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;

/** Sorts what a look found: which objects nothing needs, and why. One thread's. */
final class Unneeded {
    private final Vault vault;
    private final Reachability reach;
    private final SweepPlan plan;
    private final List<Tombstone> tombstones;
    private final Map<ArchiveId, SweepItem.Why> buriedArchives = new HashMap<>();
    private boolean more;

    /**
     * An object that nothing needs.
     *
     * @param archive whose it is; empty for what is the vault's
     */
    record Found(
            ObjectName name,
            long bytes,
            SweepItem.Kind kind,
            SweepItem.Why why,
            Optional<ArchiveId> archive) {}

    Unneeded(Vault vault, Reachability reach, SweepPlan plan) {
        this.vault = vault;
        this.reach = reach;
        this.plan = plan;
        this.tombstones = reach.tombstones();
        for (Tombstone each : tombstones) {
            if (each.snapshot().isEmpty()) {
                buriedArchives.merge(
                        each.archive(),
                        reach.isAtOnce(each) ? SweepItem.Why.PURGED : SweepItem.Why.DELETED,
                        (one, other) -> one == SweepItem.Why.PURGED ? one : other);
            }
        }
    }

    /** Finds at most so many. */
    List<Found> find(int atMost) {
        List<Found> found = new ArrayList<>();
        PackTable packs = reach.packs();
        for (int i = 0; i < packs.size(); i++) {
            if (packs.state(i) != PackTable.LIVE && hasRoom(found, atMost)) {
                found.add(pack(packs, i));
            }
        }
        Map<ArchiveId, Set<SnapshotId>> stored = new HashMap<>();
        for (int i = 0; i < reach.archives().size(); i++) {
            stored.put(reach.archives().get(i), new HashSet<>());
        }
        Map<ObjectName, SweepItem.Why> snapshots = new HashMap<>();
        for (Reachability.Root root : reach.roots()) {
            ArchiveId archive = reach.archives().get(root.archive());
            stored.getOrDefault(archive, new HashSet<>()).add(root.snapshot());
            if (root.reached() != PackTable.LIVE) {
                snapshots.put(Names.snapshot(archive, root.snapshot()), why(root.reached()));
            }
        }
        for (ArchiveId archive : reach.archives()) {
            Set<SnapshotId> there = stored.getOrDefault(archive, Set.of());
            for (StoredObject object : reach.objects(archive)) {
                if (hasRoom(found, atMost)) {
                    archived(archive, object, snapshots, there).ifPresent(found::add);
                }
            }
        }
        tombstones(stored, found, atMost);
        return found;
    }

    boolean hasMore() {
        return more;
    }

    private boolean hasRoom(List<Found> found, int atMost) {
        more |= found.size() >= atMost;
        return found.size() < atMost;
    }

    private Found pack(PackTable packs, int i) {
        Optional<ArchiveId> owner =
                packs.owner(i) == PackTable.NOBODY
                        ? Optional.empty()
                        : Optional.of(reach.archives().get(packs.owner(i)));
        return new Found(
                Names.pack(packs.id(i)),
                packs.bytes(i),
                SweepItem.Kind.PACK,
                why(packs.state(i)),
                owner);
    }

    private static SweepItem.Why why(byte reached) {
        return switch (reached) {
            case PackTable.PURGED -> SweepItem.Why.PURGED;
            case PackTable.BURIED -> SweepItem.Why.DELETED;
            default -> SweepItem.Why.UNREFERENCED;
        };
    }

    private Optional<Found> archived(
            ArchiveId archive,
            StoredObject object,
            Map<ObjectName, SweepItem.Why> snapshots,
            Set<SnapshotId> stored) {
        SweepItem.@Nullable Why whole = buriedArchives.get(archive);
        String rest = object.name().text().substring(Names.archive(archive).length());
        String[] parts = rest.split("/", -1);
        SweepItem.Kind kind =
                switch (parts[0]) {
                    case "snapshots" -> SweepItem.Kind.SNAPSHOT;
                    case "log" -> SweepItem.Kind.LOG;
                    case "index" -> SweepItem.Kind.INDEX;
                    default -> SweepItem.Kind.DOCUMENT;
                };
        SweepItem.@Nullable Why why =
                switch (kind) {
                    // one that a restore reads is needed even in a deleted archive
                    case SNAPSHOT -> snapshots.get(object.name());
                    case LOG, INDEX -> whole != null ? whole : outOfWindow(archive, parts);
                    case DOCUMENT -> whole != null ? whole : ofNothing(parts, stored);
                    case PACK, TOMBSTONE -> null;
                };
        return Optional.ofNullable(why)
                .map(reason ->
                        new Found(
                                object.name(), object.bytes(), kind, reason, Optional.of(archive)));
    }

    /** {@code log/STREAM/FROM-TO}, and the same below {@code index}. */
    private SweepItem.@Nullable Why outOfWindow(ArchiveId archive, String[] parts) {
        if (parts.length != 3 || !parts[2].matches("[0-9a-f]{16}-[0-9a-f]{16}.*")) {
            return null;
        }
        Optional<Integer> stream = Names.logStream(parts[1]);
        long from = HexFormat.fromHexDigitsToLong(parts[2], 0, 16);
        long to = HexFormat.fromHexDigitsToLong(parts[2], 17, 33);
        boolean goes =
                stream.isPresent()
                        && plan.logs().stream()
                                .anyMatch(each ->
                                        each.archive().equals(archive)
                                                && each.stream() == stream.get()
                                                && each.holds(from, to));
        return goes ? SweepItem.Why.OUT_OF_WINDOW : null;
    }

    /** A pin of a snapshot that is not there any more. */
    private static SweepItem.@Nullable Why ofNothing(String[] parts, Set<SnapshotId> stored) {
        if (parts.length != 3 || !parts[0].equals("pins")) {
            return null;
        }
        Optional<SnapshotId> snapshot = Names.id(parts[1]).map(SnapshotId::new);
        return snapshot.filter(id -> !stored.contains(id)).isPresent() ? SweepItem.Why.DONE : null;
    }

    /** Tombstones of what is gone. */
    private void tombstones(Map<ArchiveId, Set<SnapshotId>> stored, List<Found> found, int atMost) {
        Map<ObjectName, Long> sizes = new HashMap<>();
        vault.store()
                .list(Names.TOMBSTONES_PREFIX)
                .forEach(object -> sizes.put(object.name(), object.bytes()));
        for (Tombstone each : tombstones) {
            ObjectName name = Tombstones.name(each);
            @Nullable Set<SnapshotId> there = stored.get(each.archive());
            boolean gone =
                    each.snapshot().isPresent()
                            ? there == null || !there.contains(each.snapshot().get())
                            : there == null;
            @Nullable Long bytes = sizes.get(name);
            if (gone && bytes != null && hasRoom(found, atMost)) {
                found.add(
                        new Found(
                                name,
                                bytes,
                                SweepItem.Kind.TOMBSTONE,
                                SweepItem.Why.DONE,
                                Optional.of(each.archive())));
            }
        }
    }
}
