package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Decoder;
import org.pgkeep.vault.seal.Encoder;

/**
 * What was deleted in a place. A tombstone is one object and the whole act of deleting: once it is
 * there, the snapshot is gone from every list. What it was made of goes later, by the sweep.
 */
public final class Tombstones {
    private static final int FORMAT = 1;
    private static final int REASON_BYTES_MAX = 4096;

    private final Vault vault;

    /** The tombstones of that place. */
    public Tombstones(Vault vault) {
        this.vault = vault;
    }

    /** Deletes; deleting twice changes nothing, the first reason stays. */
    public void bury(Tombstone tombstone) {
        Encoder out = new Encoder();
        out.u8(FORMAT)
                .u64(tombstone.at().toEpochMilli())
                .u8(tombstone.atOnce() ? 1 : 0)
                .text(tombstone.reason());
        vault.putNote(name(tombstone), out.toBytes());
    }

    /** All of them. */
    public List<Tombstone> all() {
        return read(Names.TOMBSTONES_PREFIX);
    }

    /** Those of one archive. */
    public List<Tombstone> of(ArchiveId archive) {
        return read(Names.tombstones(archive));
    }

    /** The name it is kept under. */
    static ObjectName name(Tombstone tombstone) {
        return tombstone
                .snapshot()
                .map(id -> Names.tombstone(tombstone.archive(), id))
                .orElseGet(() -> Names.tombstone(tombstone.archive()));
    }

    /** The object of the snapshot that a tombstone is of; empty for every other name. */
    static Optional<ObjectName> buried(ObjectName name) {
        return parse(name)
                .filter(each -> each.snapshot().isPresent())
                .map(each -> Names.snapshot(each.archive(), each.snapshot().get()));
    }

    private record Buried(ArchiveId archive, Optional<SnapshotId> snapshot) {}

    private static Optional<Buried> parse(ObjectName name) {
        if (!name.text().startsWith(Names.TOMBSTONES_PREFIX)) {
            return Optional.empty();
        }
        String[] parts = name.text().substring(Names.TOMBSTONES_PREFIX.length()).split("/", -1);
        Optional<ArchiveId> archive = Names.id(parts[0]).map(ArchiveId::new);
        Optional<SnapshotId> snapshot =
                parts.length == 2 ? Names.id(parts[1]).map(SnapshotId::new) : Optional.empty();
        return archive.isEmpty() || (snapshot.isEmpty() && !Names.buriesArchive(name))
                ? Optional.empty()
                : Optional.of(new Buried(archive.get(), snapshot));
    }

    private List<Tombstone> read(String prefix) {
        List<Tombstone> found = new ArrayList<>();
        for (StoredObject object : vault.store().list(prefix)) {
            read(object.name()).ifPresent(found::add);
        }
        return found;
    }

    private Optional<Tombstone> read(ObjectName name) {
        return parse(name)
                .flatMap(buried ->
                        vault.note(name)
                                .map(content ->
                                        decode(
                                                buried.archive(),
                                                buried.snapshot(),
                                                name,
                                                content)));
    }

    private static Tombstone decode(
            ArchiveId archive, Optional<SnapshotId> snapshot, ObjectName name, byte[] content) {
        Decoder in = new Decoder(name.text(), content);
        int format = in.u8();
        if (format > FORMAT) {
            throw Damage.newer(name.text(), format);
        }
        Instant at = Instant.ofEpochMilli(in.u64());
        boolean atOnce = in.u8() == 1;
        return new Tombstone(archive, snapshot, at, atOnce, in.text(REASON_BYTES_MAX));
    }
}
