package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Decoder;
import org.pgkeep.vault.seal.Encoder;

/**
 * Which snapshots of an archive stay however old they are. Each word on a snapshot is an object of
 * its own, the newest counts: two who pin different snapshots at once don't undo each other.
 */
public final class Pins {
    private static final int FORMAT = 1;
    private static final int WHY_BYTES_MAX = 4096;

    private final Vault vault;
    private final ArchiveId archive;

    /**
     * A pin.
     *
     * @param at since when
     * @param why for people
     */
    public record Pin(Instant at, String why) {}

    /** The pins of an archive. */
    public Pins(Vault vault, ArchiveId archive) {
        this.vault = vault;
        this.archive = archive;
    }

    /** Pins a snapshot, or gives it free; does nothing when that is so already. */
    public void set(SnapshotId snapshot, boolean pinned, Instant at, String why) {
        if (all().containsKey(snapshot) == pinned) {
            return;
        }
        Encoder out = new Encoder();
        out.u8(FORMAT).u8(pinned ? 1 : 0).u64(at.toEpochMilli()).text(why);
        int version = newest().getOrDefault(snapshot, 0) + 1;
        while (vault.putNote(Names.pin(archive, snapshot, version), out.toBytes())
                == PutOutcome.EXISTS) {
            version++;
        }
    }

    /** The snapshots that are pinned. */
    public Map<SnapshotId, Pin> all() {
        Map<SnapshotId, Pin> pins = new TreeMap<>();
        newest().forEach((snapshot, version) ->
                read(snapshot, version).ifPresent(pin -> pins.put(snapshot, pin)));
        return pins;
    }

    private Map<SnapshotId, Integer> newest() {
        Map<SnapshotId, Integer> newest = new TreeMap<>();
        for (StoredObject object : vault.store().list(Names.pins(archive))) {
            String rest = object.name().text().substring(Names.pins(archive).length());
            int slash = rest.indexOf('/');
            Optional<SnapshotId> snapshot =
                    slash < 0
                            ? Optional.empty()
                            : Names.id(rest.substring(0, slash)).map(SnapshotId::new);
            Optional<Integer> version = Names.number(object.name());
            if (snapshot.isPresent() && version.isPresent()) {
                newest.merge(snapshot.get(), version.get(), Math::max);
            }
        }
        return newest;
    }

    private Optional<Pin> read(SnapshotId snapshot, int version) {
        ObjectName name = Names.pin(archive, snapshot, version);
        Optional<byte[]> content = vault.note(name);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        Decoder in = new Decoder(name.text(), content.get());
        int format = in.u8();
        if (format > FORMAT) {
            throw Damage.newer(name.text(), format);
        }
        boolean pinned = in.u8() == 1;
        Instant at = Instant.ofEpochMilli(in.u64());
        String why = in.text(WHY_BYTES_MAX);
        return pinned ? Optional.of(new Pin(at, why)) : Optional.empty();
    }
}
