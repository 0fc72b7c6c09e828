package org.pgkeep.vault.sync;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.copy.CopyCheck;

/**
 * Reads every copy of every object of a tier again, and replaces what is not as it was written.
 * With keys each object is opened; without, copies are compared with each other.
 *
 * <p>Names are gone through in order, so that a scrub that was cut off goes on behind the last
 * name.
 */
public final class Scrub {
    /** Names in a report; more than these are counted only. */
    private static final int NAMES_MAX = 1_000;

    private final ObjectStore tier;
    private final List<ObjectStore> places;
    private final List<ObjectStore> others;
    private final CopyCheck check;

    /**
     * A scrub of a tier.
     *
     * @param tier the tier's store
     * @param places its locations, each by itself; those that are away are passed over
     * @param others other tiers, to take good objects from
     * @param check who can tell good bytes from others
     */
    public Scrub(
            ObjectStore tier, List<ObjectStore> places, List<ObjectStore> others, CopyCheck check) {
        this.tier = tier;
        this.places = List.copyOf(places);
        this.others = List.copyOf(others);
        this.check = check;
    }

    /**
     * What was found.
     *
     * @param objects objects that were looked at
     * @param bytes bytes that were read, all copies together
     * @param damaged names with a copy that was damaged or missing
     * @param repaired those of them of which all copies are good now
     * @param unrepairable the others
     * @param away locations that could not be read
     * @param last the last name that was looked at: where to go on
     * @param complete whether it came to the end
     */
    public record Report(
            long objects,
            long bytes,
            List<String> damaged,
            List<String> repaired,
            List<String> unrepairable,
            List<String> away,
            String last,
            boolean complete) {
        /** Nothing was looked at yet. */
        public static final Report NONE =
                new Report(0, 0, List.of(), List.of(), List.of(), List.of(), "", false);

        /** Copies the lists. */
        public Report {
            damaged = List.copyOf(damaged);
            repaired = List.copyOf(repaired);
            unrepairable = List.copyOf(unrepairable);
            away = List.copyOf(away);
        }
    }

    /** Hears how far it is. */
    public interface Listener {
        /** Now and then, and at the end: what was found so far, of how many objects. */
        void progress(Report soFar, long objects);
    }

    /**
     * Goes through the names behind {@code before.last()}, and adds to what was found before.
     *
     * @param cancelled asked before each object; true ends it with a report that is not complete
     */
    public Report run(Report before, Pace pace, Listener listener, BooleanSupplier cancelled) {
        Run run = new Run(before, pace);
        List<StoredObject> all = tier.list("");
        TreeSet<ObjectName> names = new TreeSet<>();
        all.forEach(object -> names.add(object.name()));
        for (ObjectName name : names) {
            if (name.text().compareTo(before.last()) <= 0) {
                continue;
            }
            if (cancelled.getAsBoolean()) {
                return run.report(false);
            }
            run.look(name);
            listener.progress(run.report(false), names.size());
        }
        return run.report(true);
    }

    /** The state of one run; one thread's. */
    private final class Run {
        private final Pace pace;
        private final Set<String> damaged = new TreeSet<>();
        private final Set<String> repaired = new TreeSet<>();
        private final Set<String> unrepairable = new TreeSet<>();
        private final Set<String> away = new TreeSet<>();
        private long objects;
        private long bytes;
        private String last;

        Run(Report before, Pace pace) {
            this.pace = pace;
            objects = before.objects();
            bytes = before.bytes();
            last = before.last();
            damaged.addAll(before.damaged());
            repaired.addAll(before.repaired());
            unrepairable.addAll(before.unrepairable());
        }

        Report report(boolean complete) {
            return new Report(
                    objects,
                    bytes,
                    damaged.stream().limit(NAMES_MAX).toList(),
                    repaired.stream().limit(NAMES_MAX).toList(),
                    unrepairable.stream().limit(NAMES_MAX).toList(),
                    List.copyOf(away),
                    last,
                    complete);
        }

        void look(ObjectName name) {
            List<Optional<byte[]>> copies = new ArrayList<>();
            for (ObjectStore place : places) {
                try {
                    Optional<byte[]> copy = place.get(name);
                    copy.ifPresent(read -> {
                        bytes += read.length;
                        pace.take(read.length);
                    });
                    copies.add(copy);
                } catch (Failure failure) {
                    if (failure.code() == Code.INTERRUPTED) {
                        throw failure;
                    }
                    away.add(place.location());
                }
            }
            last = name.text();
            objects++;
            boolean gone = copies.stream().allMatch(Optional::isEmpty);
            if (gone && tier.get(name).isEmpty()) {
                // deleted since it was listed
                return;
            }
            Optional<Predicate<byte[]>> isGood = judge(name, copies);
            boolean allGood =
                    isGood.isPresent()
                            && !gone
                            && copies.stream()
                                    .allMatch(copy ->
                                            copy.isPresent() && isGood.get().test(copy.get()));
            if (allGood) {
                return;
            }
            if (!gone && isGoneNow(name)) {
                // deleted while its copies were being read
                return;
            }
            damaged.add(name.text());
            if (isGood.isPresent() && repair(name, isGood.get())) {
                repaired.add(name.text());
            } else {
                unrepairable.add(name.text());
            }
        }
    }

    /** How to tell a good copy: by the keys, or by what most copies say. */
    private Optional<Predicate<byte[]>> judge(ObjectName name, List<Optional<byte[]>> copies) {
        List<byte[]> there = copies.stream().flatMap(Optional::stream).toList();
        boolean known =
                there.stream()
                        .anyMatch(copy -> check.check(name, copy) != CopyCheck.Verdict.UNKNOWN);
        if (known || there.isEmpty()) {
            return Optional.of(copy -> check.check(name, copy) == CopyCheck.Verdict.GOOD);
        }
        for (byte[] copy : there) {
            long equal = there.stream().filter(other -> Arrays.equals(copy, other)).count();
            if (equal * 2 > there.size()) {
                return Optional.of(other -> Arrays.equals(copy, other));
            }
        }
        return Optional.empty();
    }

    private boolean isGoneNow(ObjectName name) {
        return places.stream()
                .allMatch(place -> {
                    try {
                        return place.get(name).isEmpty();
                    } catch (Failure away) {
                        return false;
                    }
                });
    }

    private boolean repair(ObjectName name, Predicate<byte[]> isGood) {
        if (tier instanceof Copies copies && copies.heal(name, isGood)) {
            return places.stream().allMatch(place -> isGoodAt(place, name, isGood));
        }
        for (ObjectStore other : others) {
            Optional<byte[]> good = other.get(name).filter(isGood);
            if (good.isPresent()) {
                return replace(name, good.get(), isGood);
            }
        }
        return false;
    }

    /**
     * Takes an object from another tier. First the damaged one is deleted: after a crash in between
     * the object is missing here, which the next scrub does not see, but the copy in the other tier
     * is what makes it unharmful; put-if-absent leaves no other order.
     */
    private boolean replace(ObjectName name, byte[] good, Predicate<byte[]> isGood) {
        tier.delete(name);
        return tier.putIfAbsent(name, good) == PutOutcome.CREATED
                && tier.get(name).filter(isGood).isPresent();
    }

    private static boolean isGoodAt(ObjectStore place, ObjectName name, Predicate<byte[]> isGood) {
        try {
            return place.get(name).filter(isGood).isPresent();
        } catch (Failure away) {
            return false;
        }
    }
}
