package org.pgkeep.vault.copy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/** Tells which packs a snapshot refers to. Only who has keys can. */
@FunctionalInterface
public interface SnapshotNeeds {
    /** For who has none. */
    SnapshotNeeds UNKNOWN = snapshot -> Optional.empty();

    /**
     * The names of the packs that a snapshot refers to, its maps' among them.
     *
     * @param snapshot the name of its object
     * @return empty where that can't be told, for want of keys
     * @throws org.pgkeep.failure.Failure one of the kind DAMAGED when what tells it does not open
     */
    Optional<Set<ObjectName>> packsOf(ObjectName snapshot);

    /** For who has a vault open. */
    static SnapshotNeeds in(Vault vault) {
        return snapshot -> {
            // archives/ARCHIVE/snapshots/SNAPSHOT
            String[] parts = Forms.own(snapshot).text().split("/", -1);
            if (parts.length != 4) {
                return Optional.empty();
            }
            Optional<SnapshotId> id = Names.id(parts[3]).map(SnapshotId::new);
            return Names.id(parts[1])
                    .map(ArchiveId::new)
                    .flatMap(archive -> id.map(found -> follow(vault, archive, found)));
        };
    }

    private static Set<ObjectName> follow(Vault vault, ArchiveId archive, SnapshotId id) {
        Set<Slice> maps = new HashSet<>();
        Set<PackId> packs = new HashSet<>();
        for (TreeEntry entry : vault.archive(archive).tree(id)) {
            if (entry instanceof TreeEntry.RegularFile file && maps.add(file.map())) {
                packs.add(file.map().chunk().pack());
                packs.addAll(FileMap.readPacks(vault.reader(), file.map()));
            }
        }
        Set<ObjectName> names = new HashSet<>();
        packs.forEach(pack -> names.add(Names.pack(pack)));
        return names;
    }
}
