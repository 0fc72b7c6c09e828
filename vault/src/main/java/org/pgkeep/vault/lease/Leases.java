package org.pgkeep.vault.lease;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
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
 * Who works in a place. A lease is renewed by a new object under the next number; the holder then
 * removes the one before. Since nothing is ever overwritten, a holder finds out that it was given
 * up for dead: the sweep removes a dead lease's objects before it touches anything the lease kept,
 * and the next renewal misses the one before.
 */
public final class Leases {
    /** A holder that was not heard of for so long may be dead. It renews far more often. */
    public static final Duration SILENCE_MAX = Duration.ofMinutes(30);

    /** How often a holder renews. */
    public static final Duration RENEW_EVERY = Duration.ofMinutes(5);

    /** All sweeps of a place contend for one lease. */
    static final UUID SWEEP = new UUID(0, 0);

    private static final int FORMAT = 1;

    private static final int READS_MAX = 1000;

    private final Vault vault;
    private final InstantSource clock;

    /** The leases of that place. */
    public Leases(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * Takes a lease. What it reads is safe from the moment this returns, if it was not deleted
     * before: look then.
     *
     * @param id of the work; of one that was cut short, the lease is taken over
     */
    public HeldLease take(
            UUID id, Lease.Purpose purpose, ArchiveId archive, List<Lease.Reading> reads) {
        Lease lease =
                new Lease(id, newest(vault, id) + 1, clock.instant(), purpose, archive, reads);
        while (put(lease) == PutOutcome.EXISTS) {
            lease = next(lease);
        }
        forgetBefore(lease);
        return new HeldLease(this, lease);
    }

    /**
     * Takes over the lease of work that was cut short, whatever that work was for: the packs it
     * stored are then kept on, as if it had never stopped.
     *
     * @return empty where the lease was given up for dead, or somebody else has it: what it kept
     *     may be gone
     */
    public Optional<HeldLease> takeOver(
            UUID id, Lease.Purpose purpose, ArchiveId archive, List<Lease.Reading> reads) {
        int number = newest(vault, id);
        if (number == 0) {
            return Optional.empty();
        }
        Lease lease = new Lease(id, number + 1, clock.instant(), purpose, archive, reads);
        PutOutcome outcome = put(lease);
        if (outcome == PutOutcome.EXISTS) {
            return Optional.empty();
        }
        // a sweep that gives it up removes it before it lets go of anything it kept: if it is there
        // still, every look from now on sees the new one
        if (vault.store().range(Names.lease(id, number), 0, 1).isEmpty()) {
            release(lease);
            return Optional.empty();
        }
        forgetBefore(lease);
        return Optional.of(new HeldLease(this, lease));
    }

    /**
     * Takes the one lease for sweeping.
     *
     * @throws Failure IN_USE while another sweep holds it
     */
    public HeldLease takeForSweep() {
        int newest = newest(vault, SWEEP);
        Optional<Lease> held = newest == 0 ? Optional.empty() : readOrTell(vault, SWEEP, newest);
        Instant now = clock.instant();
        if (held.filter(Lease::isUnreadable).isPresent()) {
            throw heldFromNow(newest, now);
        }
        // one from far ahead was written under a clock that was wrong
        if (held.isPresent()
                && Duration.between(held.get().at(), now).abs().compareTo(SILENCE_MAX) < 0) {
            throw inUse(held.get());
        }
        Lease lease =
                new Lease(
                        SWEEP,
                        newest + 1,
                        now,
                        Lease.Purpose.SWEEP,
                        new ArchiveId(SWEEP),
                        List.of());
        if (put(lease) == PutOutcome.EXISTS) {
            throw inUse(lease);
        }
        forgetBefore(lease);
        return new HeldLease(this, lease);
    }

    /**
     * Nobody knows since when a damaged lease is held: a good one behind it says from now on. A
     * holder that lives after all finds out at its next renewal.
     */
    private Failure heldFromNow(int damaged, Instant now) {
        Lease lease =
                new Lease(
                        SWEEP,
                        damaged + 1,
                        now,
                        Lease.Purpose.SWEEP,
                        new ArchiveId(SWEEP),
                        List.of());
        put(lease);
        forgetBefore(lease);
        return new Failure(
                Code.IN_USE,
                "the lease of a sweep of "
                        + vault.location()
                        + " is damaged: it counts as held for "
                        + SILENCE_MAX.toMinutes()
                        + " minutes more",
                "sweep again after that; check the disk");
    }

    private Failure inUse(Lease by) {
        return new Failure(
                Code.IN_USE,
                "another sweep works in " + vault.location() + ", last heard of at " + by.at(),
                "wait until it has ended; one that died is given up after "
                        + SILENCE_MAX.toMinutes()
                        + " minutes");
    }

    /** What a lease is held for, for people. */
    public static String word(Lease.Purpose purpose) {
        return switch (purpose) {
            case SNAPSHOT -> "backup";
            case RESTORE -> "restore";
            case SWEEP -> "sweep";
            case UNREADABLE -> "task whose lease is damaged";
        };
    }

    /** All leases, those of sweeps left out; damaged ones are {@link Lease#isUnreadable}. */
    public static List<Lease> all(Vault vault) {
        Map<UUID, Integer> newest = new TreeMap<>();
        for (StoredObject object : vault.store().list(Names.LEASES_PREFIX)) {
            String[] parts = object.name().text().split("/", -1);
            Optional<UUID> id = parts.length == 3 ? Names.id(parts[1]) : Optional.empty();
            Optional<Integer> number = Names.number(object.name());
            if (id.isPresent() && number.isPresent() && !id.get().equals(SWEEP)) {
                newest.merge(id.get(), number.get(), Math::max);
            }
        }
        List<Lease> leases = new ArrayList<>();
        newest.forEach((id, number) -> readNewest(vault, id, number).ifPresent(leases::add));
        return leases;
    }

    /** One that is gone between listing and reading was renewed; or given back. */
    private static Optional<Lease> readNewest(Vault vault, UUID id, int listed) {
        int number = listed;
        Optional<Lease> lease = readOrTell(vault, id, number);
        while (lease.isEmpty()) {
            number = newest(vault, id);
            if (number == 0) {
                return Optional.empty();
            }
            lease = readOrTell(vault, id, number);
        }
        return lease;
    }

    /** Renews. Empty when the lease was given up for dead. */
    Optional<Lease> renew(Lease lease) {
        Lease next = next(lease);
        PutOutcome outcome = put(next);
        boolean there = vault.store().range(name(lease), 0, 1).isPresent();
        if (!there || outcome == PutOutcome.EXISTS) {
            release(next);
            return Optional.empty();
        }
        vault.store().delete(name(lease));
        return Optional.of(next);
    }

    /** Takes away what was seen of a dead holder; what it wrote since shows that it lives. */
    public void abandon(Lease lease) {
        for (StoredObject object : vault.store().list(prefix(lease.id()))) {
            if (Names.number(object.name()).filter(n -> n <= lease.renewal()).isPresent()) {
                vault.store().delete(object.name());
            }
        }
    }

    /** Gives a lease back. */
    void release(Lease lease) {
        for (StoredObject object : vault.store().list(prefix(lease.id()))) {
            vault.store().delete(object.name());
        }
    }

    private Lease next(Lease lease) {
        return new Lease(
                lease.id(),
                lease.renewal() + 1,
                clock.instant(),
                lease.purpose(),
                lease.archive(),
                lease.reads());
    }

    private void forgetBefore(Lease lease) {
        for (StoredObject object : vault.store().list(prefix(lease.id()))) {
            if (Names.number(object.name()).filter(n -> n < lease.renewal()).isPresent()) {
                vault.store().delete(object.name());
            }
        }
    }

    private static int newest(Vault vault, UUID id) {
        return vault.store().list(prefix(id)).stream()
                .flatMap(object -> Names.number(object.name()).stream())
                .max(Integer::compare)
                .orElse(0);
    }

    private static String prefix(UUID id) {
        return Names.LEASES_PREFIX + id + "/";
    }

    private static ObjectName name(Lease lease) {
        return Names.lease(lease.id(), lease.renewal());
    }

    private PutOutcome put(Lease lease) {
        Encoder out = new Encoder();
        out.u8(FORMAT)
                .u64(lease.at().toEpochMilli())
                .u8(lease.purpose().code())
                .uuid(lease.archive().value())
                .varint(lease.reads().size());
        lease.reads()
                .forEach(each -> out.uuid(each.archive().value()).uuid(each.snapshot().value()));
        return vault.putNote(name(lease), out.toBytes());
    }

    private static Optional<Lease> readOrTell(Vault vault, UUID id, int number) {
        try {
            return read(vault, id, number);
        } catch (Failure failure) {
            if (failure.code() != Code.DAMAGED_OBJECT) {
                throw failure;
            }
            return Optional.of(Lease.unreadable(id, number));
        }
    }

    private static Optional<Lease> read(Vault vault, UUID id, int number) {
        ObjectName name = Names.lease(id, number);
        return vault.note(name)
                .map(content -> {
                    Decoder in = new Decoder(name.text(), content);
                    int format = in.u8();
                    if (format > FORMAT) {
                        throw Damage.newer(name.text(), format);
                    }
                    Instant at = Instant.ofEpochMilli(in.u64());
                    int code = in.u8();
                    Lease.Purpose purpose =
                            Lease.Purpose.of(code)
                                    .orElseThrow(() -> in.damage("a lease for purpose " + code));
                    ArchiveId archive = new ArchiveId(in.uuid());
                    List<Lease.Reading> reads = new ArrayList<>();
                    for (int left = in.count(READS_MAX); left > 0; left--) {
                        ArchiveId whose = new ArchiveId(in.uuid());
                        reads.add(new Lease.Reading(whose, new SnapshotId(in.uuid())));
                    }
                    return new Lease(id, number, at, purpose, archive, reads);
                });
    }
}
