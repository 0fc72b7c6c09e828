package org.pgkeep.vault.copy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * Brings the locations of a zone into line by comparing their listings: what one lacks is copied to
 * it, what was deleted while it was away is deleted, losing copies are replaced, and marks that
 * have served are taken away. Can be stopped at any point and run again: it has no memory but the
 * listings.
 */
public final class ZoneRepair {
    /**
     * Marks of deletions stay for so long: longer than any read or repair may take that saw the
     * object before it was deleted.
     */
    static final Duration MARK_AGE_MIN = Duration.ofHours(1);

    private static final Duration LISTING_PATIENCE = Duration.ofMinutes(10);

    private final ZoneStore zone;
    private final CopyEvents events;

    ZoneRepair(ZoneStore zone, CopyEvents events) {
        this.zone = zone;
        this.events = events;
    }

    /**
     * What a pass did.
     *
     * @param compared names that were looked at
     * @param copied copies made
     * @param deleted deletions that were ended
     * @param lacking copies that are still missing, at locations that are away among them
     * @param complete whether all locations were compared and nothing is lacking
     */
    public record Outcome(
            long compared, long copied, long deleted, long lacking, boolean complete) {}

    /**
     * Compares everything and repairs what differs.
     *
     * @param check tells good copies from bad ones, so that a bad one is never copied; without it
     *     two copies have to be equal to be copied
     */
    public Outcome pass(CopyCheck check) {
        long deleted = endDeletions();
        TreeSet<String> prefixes = new TreeSet<>();
        List<Location> up = new ArrayList<>();
        for (Location location : zone.locations()) {
            Optional<List<String>> found = prefixes(location);
            if (found.isPresent()) {
                up.add(location);
                prefixes.addAll(found.get());
            }
        }
        long compared = 0;
        long copied = 0;
        long lacking = 0;
        Set<ZoneStore.At> stillLacking = new HashSet<>();
        for (String prefix : prefixes) {
            Map<ObjectName, Set<Location>> holders = new TreeMap<>();
            Map<ObjectName, Set<Long>> sizes = new TreeMap<>();
            for (Location location : List.copyOf(up)) {
                Optional<List<StoredObject>> listing = listing(location, prefix);
                if (listing.isEmpty()) {
                    up.remove(location);
                    continue;
                }
                for (StoredObject object : listing.get()) {
                    if (!ZoneNames.isOwn(object.name())) {
                        holders.computeIfAbsent(object.name(), n -> new HashSet<>()).add(location);
                        sizes.computeIfAbsent(object.name(), n -> new HashSet<>())
                                .add(object.bytes());
                    }
                }
            }
            for (Map.Entry<ObjectName, Set<Location>> entry : holders.entrySet()) {
                ObjectName name = entry.getKey();
                Set<Location> having = entry.getValue();
                compared++;
                boolean alike = sizes.getOrDefault(name, Set.of()).size() == 1;
                // copies of one length may still be two writers': the few such names are read
                boolean inLine = having.containsAll(up) && alike && ZoneNames.isAnyCopyRight(name);
                if (inLine) {
                    up.forEach(location -> clear(location, name));
                } else {
                    copied += repair(name, check);
                }
                for (Location location : zone.locations()) {
                    ZoneStore.At at = new ZoneStore.At(location.number(), name);
                    if (!up.contains(location) || zone.lacking().contains(at)) {
                        lacking += up.contains(location) || !having.contains(location) ? 1 : 0;
                        stillLacking.add(at);
                    }
                }
            }
        }
        endVotes();
        boolean complete = up.size() == zone.locations().size() && lacking == 0;
        if (complete) {
            zone.lacking()
                    .removeIf(at -> !stillLacking.contains(at) && !zone.isUnderWay(at.name()));
        }
        return new Outcome(compared, copied, deleted, lacking, complete);
    }

    private void clear(Location location, ObjectName name) {
        zone.lacking().remove(new ZoneStore.At(location.number(), name));
    }

    /** Folders of a size that two listings of fit in memory. */
    private Optional<List<String>> prefixes(Location location) {
        return first(
                zone.ask(
                        List.of(location),
                        at -> {
                            List<String> found = new ArrayList<>();
                            for (String top : at.store().folders("")) {
                                boolean isLarge = top.equals("packs") || top.equals("archives");
                                if (!isLarge) {
                                    found.add(top + "/");
                                    continue;
                                }
                                for (String below : at.store().folders(top + "/")) {
                                    found.add(top + "/" + below + "/");
                                }
                            }
                            return found;
                        },
                        LISTING_PATIENCE));
    }

    private Optional<List<StoredObject>> listing(Location location, String prefix) {
        return first(zone.ask(List.of(location), at -> at.store().list(prefix), LISTING_PATIENCE));
    }

    private static <T> Optional<T> first(List<Answer<T>> answers) {
        return ZoneStore.values(answers).stream().findFirst();
    }

    private long repair(ObjectName name, CopyCheck check) {
        return zone.locked(
                name,
                () -> {
                    try {
                        if (zone.isGone(name) || zone.isUnderWay(name)) {
                            return 0L;
                        }
                        if (!ZoneNames.hasOneWriter(name)) {
                            new ZoneVotes(zone, events).repair(name);
                            return 1L;
                        }
                        return copy(name, check);
                    } catch (Failure failure) {
                        if (failure.code() == Code.INTERRUPTED) {
                            throw failure;
                        }
                        events.notHealed(name, zone.location(), failure.message());
                        return 0L;
                    }
                });
    }

    /** Copies what has one writer: any copy will do that is whole. */
    private long copy(ObjectName name, CopyCheck check) {
        if (zone.isMarkedGone(name)) {
            return 0;
        }
        List<Location> without = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (Answer<Optional<byte[]>> answer :
                zone.ask(
                        zone.worthAsking(2),
                        location -> location.store().get(name),
                        ZoneStore.PATIENCE.multipliedBy(6))) {
            if (answer instanceof Answer.Done<Optional<byte[]>> done) {
                done.value().ifPresentOrElse(copies::add, () -> without.add(done.location()));
            }
        }
        Optional<byte[]> good = good(name, copies, check);
        if (good.isEmpty()) {
            without.forEach(location ->
                    events.notHealed(
                            name, location.toString(), "the other copies are damaged or differ"));
            return 0;
        }
        long copied = 0;
        for (Location location : without) {
            if (ZoneStore.values(zone.put(List.of(location), name, good.get(), 1))
                    .contains(PutOutcome.CREATED)) {
                copied++;
            } else {
                zone.lacking().add(new ZoneStore.At(location.number(), name));
            }
        }
        return copied;
    }

    private static Optional<byte[]> good(ObjectName name, List<byte[]> copies, CopyCheck check) {
        if (copies.size() > 1
                && copies.stream().allMatch(copy -> Arrays.equals(copy, copies.getFirst()))) {
            return Optional.of(copies.getFirst());
        }
        List<byte[]> unknown = new ArrayList<>();
        for (byte[] copy : copies) {
            switch (check.check(name, copy)) {
                case GOOD -> {
                    return Optional.of(copy);
                }
                case UNKNOWN -> unknown.add(copy);
                case BAD -> {}
            }
        }
        // one copy that nobody can look into is better than none
        return copies.size() == 1 ? unknown.stream().findFirst() : Optional.empty();
    }

    /**
     * Deletes what a mark says is deleted wherever it still is, and takes the marks away when all
     * three locations have confirmed: earlier, the one that was not asked would bring it back.
     */
    private long endDeletions() {
        for (List<StoredObject> marks : listMarks(ZoneNames.GONE)) {
            for (StoredObject mark : marks) {
                ZoneNames.marked(ZoneNames.GONE, mark.name()).ifPresent(zone.goneNames()::add);
            }
        }
        long ended = 0;
        for (ObjectName name : List.copyOf(zone.goneNames())) {
            ended += zone.locked(name, () -> endDeletion(name, false)) ? 1 : 0;
        }
        return ended;
    }

    /**
     * Ends a deletion, with the name's lock held.
     *
     * @param atOnce even if the mark is young: the name is to be used again
     * @return whether the name is free
     */
    boolean endDeletion(ObjectName name, boolean atOnce) {
        List<Answer<Boolean>> answers =
                zone.ask(
                        zone.worthAsking(1),
                        location -> {
                            location.store().delete(name);
                            location.store().delete(ZoneNames.won(name));
                            return true;
                        },
                        ZoneStore.PATIENCE);
        if (ZoneStore.values(answers).size() < zone.locations().size() || zone.isUnderWay(name)) {
            return false;
        }
        if (!atOnce && isYoung(name)) {
            return false;
        }
        boolean unmarked =
                ZoneStore.values(
                                        zone.ask(
                                                zone.locations(),
                                                location -> {
                                                    location.store().delete(ZoneNames.gone(name));
                                                    return true;
                                                },
                                                ZoneStore.PATIENCE))
                                .size()
                        == zone.locations().size();
        if (unmarked) {
            zone.goneNames().remove(name);
            zone.lacking().removeIf(at -> at.name().equals(name));
            zone.spoiled().removeIf(at -> at.name().equals(name));
        }
        return unmarked;
    }

    private boolean isYoung(ObjectName name) {
        Instant old = zone.clock().instant().minus(MARK_AGE_MIN);
        return ZoneNames.mayNeverComeBack(name)
                && ZoneStore.values(
                                zone.ask(
                                        zone.locations(),
                                        location -> location.store().get(ZoneNames.gone(name)),
                                        ZoneStore.PATIENCE))
                        .stream()
                        .flatMap(Optional::stream)
                        .map(ZoneRepair::markedAt)
                        .anyMatch(old::isBefore);
    }

    private static Instant markedAt(byte[] mark) {
        String text = new String(mark, StandardCharsets.US_ASCII);
        return text.matches("\\d{1,11}")
                ? Instant.ofEpochSecond(Long.parseLong(text))
                : Instant.EPOCH;
    }

    /** Marks of votes stay until all three locations hold the copy that won. */
    private void endVotes() {
        Set<ObjectName> marked = new TreeSet<>();
        for (List<StoredObject> marks : listMarks(ZoneNames.WON)) {
            for (StoredObject mark : marks) {
                ZoneNames.marked(ZoneNames.WON, mark.name()).ifPresent(marked::add);
            }
        }
        for (ObjectName name : marked) {
            zone.locked(
                    name,
                    () -> {
                        endVote(name);
                        return true;
                    });
        }
    }

    private void endVote(ObjectName name) {
        List<Optional<byte[]>> copies =
                ZoneStore.values(
                        zone.ask(
                                zone.worthAsking(1),
                                location -> location.store().get(name),
                                ZoneStore.PATIENCE));
        if (copies.size() < zone.locations().size()) {
            return;
        }
        boolean equal =
                copies.stream()
                        .allMatch(copy ->
                                copy.isPresent()
                                        && copies.getFirst().isPresent()
                                        && Arrays.equals(copy.get(), copies.getFirst().get()));
        boolean none = copies.stream().allMatch(Optional::isEmpty);
        if (equal || none) {
            zone.ask(
                    zone.locations(),
                    location -> {
                        location.store().delete(ZoneNames.won(name));
                        return true;
                    },
                    ZoneStore.PATIENCE);
        } else {
            repair(name, CopyCheck.NONE);
        }
    }

    private List<List<StoredObject>> listMarks(String prefix) {
        return ZoneStore.values(
                zone.ask(
                        zone.worthAsking(1),
                        location -> location.store().list(prefix),
                        LISTING_PATIENCE));
    }
}
