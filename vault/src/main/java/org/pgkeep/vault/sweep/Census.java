package org.pgkeep.vault.sweep;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;

/** Counts a place: one listing of everything, each object charged to one owner and one kind. */
public final class Census {
    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private final Vault vault;
    private final Map<ArchiveId, Usage.Bytes> archives = new HashMap<>();
    private Usage.Bytes ownerless = Usage.Bytes.NONE;

    private Census(Vault vault) {
        this.vault = vault;
    }

    /**
     * Counts.
     *
     * @param plan what is to go beside what was deleted: it counts as pending
     */
    public static Usage count(Vault vault, SweepPlan plan, SweepListener listener) {
        listener.at("listing everything", 0, 0);
        List<StoredObject> all = vault.storeAsItStands().list("");
        PackTable packs = PackTable.among(all);
        Reachability reach = Reachability.of(vault, packs, plan.burials(), listener);
        Set<ObjectName> pending = new HashSet<>();
        new Unneeded(vault, reach, plan)
                .find(UNBOUNDED)
                .forEach(found -> pending.add(found.name()));
        Census census = new Census(vault);
        for (StoredObject object : all) {
            StoredObject own = new StoredObject(Forms.own(object.name()), object.bytes());
            census.count(own, reach, pending.contains(own.name()));
        }
        return new Usage(census.archives, census.ownerless);
    }

    private void count(StoredObject object, Reachability reach, boolean pending) {
        PackTable packs = reach.packs();
        int pack = Names.packId(object.name()).map(packs::find).orElse(-1);
        Optional<ArchiveId> owner = pack >= 0 ? ownerOf(pack, reach) : archiveOf(object.name());
        Usage.Bytes bytes =
                pending
                        ? new Usage.Bytes(0, 0, 0, object.bytes())
                        : pack >= 0 ? needed(packs, pack) : document(object);
        if (owner.isPresent()) {
            archives.merge(owner.get(), bytes, Usage.Bytes::plus);
        } else {
            ownerless = ownerless.plus(bytes);
        }
    }

    private static Optional<ArchiveId> ownerOf(int pack, Reachability reach) {
        int owner = reach.packs().owner(pack);
        return owner == PackTable.NOBODY
                ? Optional.empty()
                : Optional.of(reach.archives().get(owner));
    }

    private static Optional<ArchiveId> archiveOf(ObjectName name) {
        String[] parts = name.text().split("/", 3);
        return parts.length == 3 && name.text().startsWith(Names.ARCHIVES_PREFIX)
                ? Names.id(parts[1]).map(ArchiveId::new)
                : Optional.empty();
    }

    private Usage.Bytes needed(PackTable packs, int pack) {
        long maps = packs.hasMaps(pack) ? mapBytes(packs, pack) : 0;
        return new Usage.Bytes(packs.bytes(pack) - maps, 0, maps, 0);
    }

    /** A damaged pack is for the scrub to tell; here it only is not split. */
    private long mapBytes(PackTable packs, int pack) {
        try {
            return vault.mapBytes(packs.id(pack));
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            return 0;
        }
    }

    private static Usage.Bytes document(StoredObject object) {
        String[] parts = object.name().text().split("/", 4);
        boolean log =
                parts.length == 4
                        && object.name().text().startsWith(Names.ARCHIVES_PREFIX)
                        && parts[2].equals("log");
        return log
                ? new Usage.Bytes(0, object.bytes(), 0, 0)
                : new Usage.Bytes(0, 0, object.bytes(), 0);
    }
}
