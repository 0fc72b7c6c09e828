package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Decoder;
import org.pgkeep.vault.seal.Encoder;

/**
 * What the looks at a place so far have seen. A new look writes a new one; the newest counts.
 *
 * @param number of the look, from 1
 * @param clock how much time has passed
 * @param leases when each lease was seen first, and whether it was renewed since
 * @param candidates what is needed by nobody, and since which look
 */
record SweepState(
        int number,
        GraceClock clock,
        Map<UUID, Seen> leases,
        SortedMap<ObjectName, Candidate> candidates) {
    private static final int FORMAT = 1;
    private static final int NAME_BYTES_MAX = 255;

    /**
     * A lease as it was seen.
     *
     * @param firstLook which look saw it first
     * @param renewal how often it had been renewed then
     * @param countedAt when it was last counted as silent, by the grace clock
     * @param silentLooks how many looks in a row, each long enough after the one before, saw it
     *     unchanged
     */
    record Seen(int firstLook, int renewal, Instant countedAt, int silentLooks) {}

    /**
     * An object that nothing needs.
     *
     * @param why as a number of {@link SweepItem.Why}
     * @param firstLook which look saw it first
     * @param since when that was, by the grace clock
     */
    record Candidate(SweepItem.Why why, int firstLook, Instant since) {}

    /**
     * What the look before found.
     *
     * @param number the newest look's; 0 if nobody looked yet
     * @param state empty if nobody looked yet, or it can't be read
     * @param damage what is wrong with it
     */
    record Before(int number, Optional<SweepState> state, Optional<String> damage) {}

    /**
     * The newest one of a place. A damaged one is as none: what it had seen to be unneeded is seen
     * for the first time again, and who worked then counts as having just begun. Both only make
     * things stay longer.
     */
    static Before newest(Vault vault) {
        int number =
                vault.store().list(Names.SWEEPS_PREFIX).stream()
                        .flatMap(object -> Names.number(object.name()).stream())
                        .max(Integer::compare)
                        .orElse(0);
        if (number == 0) {
            return new Before(0, Optional.empty(), Optional.empty());
        }
        try {
            Optional<byte[]> content = vault.note(Names.sweep(number));
            return new Before(
                    number, content.map(bytes -> decode(number, bytes)), Optional.empty());
        } catch (Failure failure) {
            if (failure.code() != Code.DAMAGED_OBJECT) {
                throw failure;
            }
            return new Before(number, Optional.empty(), Optional.of(failure.message()));
        }
    }

    /** Writes it, and removes those before: each look needs the one before it only. */
    void write(Vault vault) {
        byte[] content = encode();
        int free = number;
        // another sweep that looked at the same time: both were right, the later one counts
        while (vault.putNote(Names.sweep(free), content) == PutOutcome.EXISTS) {
            free++;
        }
        for (StoredObject object : vault.store().list(Names.SWEEPS_PREFIX)) {
            int written = free;
            if (Names.number(object.name()).filter(n -> n < written).isPresent()) {
                vault.store().delete(object.name());
            }
        }
    }

    private byte[] encode() {
        Encoder out = new Encoder();
        out.u8(FORMAT)
                .u64(clock.seen().toEpochMilli())
                .u64(clock.passed().toEpochMilli())
                .varint(leases.size());
        leases.forEach((id, seen) ->
                out.uuid(id)
                        .varint(seen.firstLook())
                        .varint(seen.renewal())
                        .u64(seen.countedAt().toEpochMilli())
                        .varint(seen.silentLooks()));
        out.varint(candidates.size());
        candidates.forEach((name, candidate) ->
                out.text(name.text())
                        .u8(candidate.why().code())
                        .varint(candidate.firstLook())
                        .u64(candidate.since().toEpochMilli()));
        return out.toBytes();
    }

    private static SweepState decode(int number, byte[] content) {
        ObjectName name = Names.sweep(number);
        Decoder in = new Decoder(name.text(), content);
        int format = in.u8();
        if (format > FORMAT) {
            throw Damage.newer(name.text(), format);
        }
        Instant seenAt = Instant.ofEpochMilli(in.u64());
        GraceClock clock = new GraceClock(seenAt, Instant.ofEpochMilli(in.u64()));
        Map<UUID, Seen> leases = new TreeMap<>();
        for (int left = in.count(in.left() / 16); left > 0; left--) {
            UUID id = in.uuid();
            int firstLook = in.count(Integer.MAX_VALUE);
            int renewal = in.count(Integer.MAX_VALUE);
            Instant countedAt = Instant.ofEpochMilli(in.u64());
            leases.put(id, new Seen(firstLook, renewal, countedAt, in.count(Integer.MAX_VALUE)));
        }
        SortedMap<ObjectName, Candidate> candidates = new TreeMap<>();
        for (int left = in.count(in.left() / 10); left > 0; left--) {
            ObjectName object = new ObjectName(in.text(NAME_BYTES_MAX));
            int code = in.u8();
            SweepItem.Why why =
                    SweepItem.Why.of(code)
                            .orElseThrow(() -> in.damage("a candidate for reason " + code));
            int firstLook = in.count(Integer.MAX_VALUE);
            candidates.put(object, new Candidate(why, firstLook, Instant.ofEpochMilli(in.u64())));
        }
        in.end();
        return new SweepState(number, clock, leases, candidates);
    }
}
