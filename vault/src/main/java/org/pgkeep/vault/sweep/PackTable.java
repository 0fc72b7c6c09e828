package org.pgkeep.vault.sweep;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.StoredObject;

/**
 * The packs of one listing and what was found out about them, some 60 bytes of memory each: a vault
 * of 10 TB in packs of 16 MiB takes 40 MB of it. One thread's.
 */
final class PackTable {
    /** No archive. */
    static final int NOBODY = -1;

    /** What reaches a pack; the greater one wins. */
    static final byte NOTHING = 0;

    static final byte PURGED = 1;
    static final byte BURIED = 2;
    static final byte LIVE = 3;

    private final PackId[] ids;
    private final int[] bytes;
    private final byte[] state;
    private final int[] owner;
    private final boolean[] maps;

    private PackTable(List<PackId> sorted, int[] bytes) {
        this.ids = sorted.toArray(PackId[]::new);
        this.bytes = bytes;
        this.state = new byte[ids.length];
        this.owner = new int[ids.length];
        this.maps = new boolean[ids.length];
        Arrays.fill(owner, NOBODY);
    }

    /** Lists the packs, a part of them at a time. */
    static PackTable list(ObjectStore store) {
        List<Listed> listed = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            String folder = HexFormat.of().toHexDigits((byte) i) + "/";
            store.list(Names.PACKS_PREFIX + folder)
                    .forEach(object -> listed(object).ifPresent(listed::add));
        }
        return of(listed);
    }

    /** The packs of a listing that has more than packs, and each in all its forms. */
    static PackTable among(List<StoredObject> objects) {
        Set<PackId> once = new HashSet<>();
        return of(
                objects.stream()
                        .map(each -> new StoredObject(Forms.own(each.name()), each.bytes()))
                        .flatMap(object -> listed(object).stream())
                        .filter(each -> once.add(each.id()))
                        .toList());
    }

    private static PackTable of(List<Listed> listed) {
        List<Listed> sorted = listed.stream().sorted(Comparator.comparing(Listed::id)).toList();
        return new PackTable(
                sorted.stream().map(Listed::id).toList(),
                sorted.stream().mapToInt(Listed::bytes).toArray());
    }

    private record Listed(PackId id, int bytes) {}

    private static Optional<Listed> listed(StoredObject object) {
        return Names.packId(object.name())
                .map(id -> new Listed(id, Math.toIntExact(object.bytes())));
    }

    int size() {
        return ids.length;
    }

    PackId id(int pack) {
        return ids[pack];
    }

    long bytes(int pack) {
        return bytes[pack];
    }

    byte state(int pack) {
        return state[pack];
    }

    /** The archive that a pack is charged to, as a number of the reachability's. */
    int owner(int pack) {
        return owner[pack];
    }

    /** Whether file maps stand in it. */
    boolean hasMaps(int pack) {
        return maps[pack];
    }

    /** The number of a pack; negative where it was not listed. */
    int find(PackId id) {
        return Arrays.binarySearch(ids, id);
    }

    /** Notes who reaches a pack. The first to reach it pays for it. */
    void reach(int pack, byte by, int archive, boolean map) {
        if (state[pack] < by) {
            state[pack] = by;
        }
        if (owner[pack] == NOBODY) {
            owner[pack] = archive;
        }
        maps[pack] |= map;
    }
}
