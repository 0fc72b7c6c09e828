package org.pgkeep.vault.sync;

import java.util.HashSet;
import java.util.Set;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;

/**
 * What the tombstones of a tier bury, by names alone.
 *
 * @param archives whole archives, by their ids
 * @param snapshots single snapshots' objects, under their own names
 */
record Burials(Set<String> archives, Set<ObjectName> snapshots) {
    private static final String SNAPSHOTS = "/snapshots/";

    /** Reads them from a listing; what is no tombstone is passed over. */
    static Burials among(Iterable<ObjectName> listing) {
        Set<String> archives = new HashSet<>();
        Set<ObjectName> snapshots = new HashSet<>();
        for (ObjectName name : listing) {
            String[] parts = Forms.own(name).text().split("/", -1);
            if (parts.length != 3 || !(parts[0] + "/").equals(Names.TOMBSTONES_PREFIX)) {
                continue;
            }
            if (Names.buriesArchive(Forms.own(name))) {
                archives.add(parts[1]);
            } else {
                snapshots.add(snapshot(parts[1], parts[2]));
            }
        }
        return new Burials(archives, snapshots);
    }

    /** Whether an object is, or is part of, something buried. */
    boolean bury(ObjectName name) {
        String[] parts = name.text().split("/", 3);
        boolean whole =
                parts.length == 3
                        && (parts[0] + "/").equals(Names.ARCHIVES_PREFIX)
                        && archives.contains(parts[1]);
        return whole || snapshots.contains(Forms.own(name));
    }

    /** A snapshot's object. */
    static ObjectName snapshot(String archive, String id) {
        return new ObjectName(Names.ARCHIVES_PREFIX + archive + SNAPSHOTS + id);
    }

    /** The tombstone of the snapshot whose object that is. */
    static ObjectName tombstone(ObjectName snapshot) {
        String[] parts = snapshot.text().split("/", -1);
        return new ObjectName(Names.TOMBSTONES_PREFIX + parts[1] + "/" + parts[3]);
    }
}
