package org.pgkeep.vault.sync;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;

/**
 * What a tier itself has given up, as its {@code dropped/} lists tell. Names are compared as the
 * objects' own: what is sealed anew elsewhere after it was dropped here is dropped all the same.
 * One thread's.
 */
final class DroppedNames {
    /** Names in one list: each has at most 255 characters. */
    private static final int LIST_BYTES_MAX = 64 << 20;

    private final ObjectStore tier;

    /** The lists of a tier. */
    DroppedNames(ObjectStore tier) {
        this.tier = tier;
    }

    /**
     * What the tier itself has deleted is not copied again. A list of such names has served when
     * the first tier has none of them any more.
     *
     * @param wanted what the first tier has, in whatever form
     * @return own names
     */
    Set<ObjectName> read(Set<ObjectName> there, Set<ObjectName> wanted) {
        Set<ObjectName> wantedOwn = new HashSet<>();
        wanted.forEach(name -> wantedOwn.add(Forms.own(name)));
        Set<ObjectName> dropped = new HashSet<>();
        for (ObjectName list : List.copyOf(there)) {
            if (!list.text().startsWith(Names.DROPPED_PREFIX)) {
                continue;
            }
            Set<ObjectName> names = readList(list);
            if (names.stream().noneMatch(wantedOwn::contains)) {
                tier.delete(list);
            } else {
                dropped.addAll(names);
            }
        }
        return dropped;
    }

    private Set<ObjectName> readList(ObjectName list) {
        byte[] text = tier.range(list, 0, LIST_BYTES_MAX).orElse(new byte[0]);
        Set<ObjectName> names = new HashSet<>();
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
            if (ObjectName.isValid(line.strip())) {
                names.add(Forms.own(new ObjectName(line.strip())));
            }
        }
        return names;
    }

    /**
     * Strikes names from the lists of what the tier has dropped: what is here for a backup again
     * counts as anything else here does, and is copied again should it be lost. The new list first:
     * a crash in between leaves both, and the next pass strikes them again.
     *
     * @param again own names
     */
    void takeBack(Set<ObjectName> again, Set<ObjectName> there) {
        for (ObjectName list : List.copyOf(there)) {
            if (!list.text().startsWith(Names.DROPPED_PREFIX)) {
                continue;
            }
            Set<ObjectName> names = readList(list);
            Set<ObjectName> left = new TreeSet<>(names);
            left.removeAll(again);
            if (left.size() == names.size()) {
                continue;
            }
            if (!left.isEmpty()) {
                StringBuilder text = new StringBuilder();
                left.forEach(name -> text.append(name).append('\n'));
                byte[] content = text.toString().getBytes(StandardCharsets.UTF_8);
                tier.putIfAbsent(Names.dropped(UUID.nameUUIDFromBytes(content)), content);
            }
            tier.delete(list);
        }
    }
}
