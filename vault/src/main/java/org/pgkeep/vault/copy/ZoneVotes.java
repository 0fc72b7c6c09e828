package org.pgkeep.vault.copy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;

/**
 * Puts and reads of names that may have several writers: {@link Ballot} in action. Called with the
 * name's lock held.
 */
final class ZoneVotes {
    /** Each round fills a register, and there are three; more means a location loses writes. */
    private static final int ROUNDS_MAX = 8;

    private final ZoneStore zone;
    private final CopyEvents events;

    ZoneVotes(ZoneStore zone, CopyEvents events) {
        this.zone = zone;
        this.events = events;
    }

    /**
     * Puts an object unless the name has one.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>the first location that answers takes it, or has another one: one copy, nobody told;
     *   <li>the other locations take it: three copies, and it is done;
     *   <li>else the vote is settled: see {@link #settle}.
     * </ol>
     */
    PutOutcome put(ObjectName name, byte[] content) {
        List<Location> order = zone.worthAsking(2);
        int created = 0;
        boolean met = false;
        int next = 0;
        while (next < order.size() && created == 0 && !met) {
            List<PutOutcome> first =
                    ZoneStore.values(zone.put(order.subList(next, next + 1), name, content, 1));
            created += first.contains(PutOutcome.CREATED) ? 1 : 0;
            met = first.contains(PutOutcome.EXISTS);
            next++;
        }
        if (created > 0 && next < order.size()) {
            List<PutOutcome> rest =
                    ZoneStore.values(
                            zone.put(
                                    order.subList(next, order.size()),
                                    name,
                                    content,
                                    order.size() - next));
            created += (int) rest.stream().filter(PutOutcome.CREATED::equals).count();
        }
        if (created == zone.locations().size()) {
            return PutOutcome.CREATED;
        }
        byte[] winner =
                settle(name, false)
                        .orElseThrow(() ->
                                new Failure(
                                        Code.STORE_UNAVAILABLE,
                                        "object " + name + " could not be written",
                                        "look at the locations with: pgkeep vault show"));
        return created > 0 && Arrays.equals(winner, content)
                ? PutOutcome.CREATED
                : PutOutcome.EXISTS;
    }

    /** What counts under a name; empty if nothing does. */
    Optional<byte[]> read(ObjectName name) {
        return settle(name, true);
    }

    /** Brings all locations that can be reached into line. */
    void repair(ObjectName name) {
        settle(name, false);
    }

    /**
     * Ends the vote.
     *
     * @param reading whether the answer may be one that could not be made firm: what a reader gets
     *     from the one location that is left
     */
    private Optional<byte[]> settle(ObjectName name, boolean reading) {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            Tally tally = count(name);
            if (tally.isUnanimous()) {
                return Optional.of(tally.held(0));
            }
            if (zone.isMarkedGone(name)) {
                return Optional.empty();
            }
            switch (Ballot.decide(tally.votes, marked(name))) {
                case Ballot.Decision.Winner(byte[] bytes) -> {
                    try {
                        if (makeFirm(name, bytes, tally) || reading) {
                            return Optional.of(bytes);
                        }
                    } catch (Failure failure) {
                        if (!reading || failure.code() == Code.INTERRUPTED) {
                            throw failure;
                        }
                        return Optional.of(bytes);
                    }
                }
                case Ballot.Decision.Help(byte[] bytes) -> {
                    int put =
                            ZoneStore.values(
                                            zone.put(
                                                    tally.without(),
                                                    name,
                                                    bytes,
                                                    tally.without().size()))
                                    .size();
                    if (put == 0) {
                        if (reading) {
                            return Optional.of(bytes);
                        }
                        throw undecided(name);
                    }
                }
                case Ballot.Decision.Alone(byte[] bytes) -> {
                    if (reading) {
                        return Optional.of(bytes);
                    }
                    throw undecided(name);
                }
                case Ballot.Decision.Nothing() -> {
                    return Optional.empty();
                }
                case Ballot.Decision.Open() -> throw undecided(name);
            }
        }
        throw undecided(name);
    }

    /**
     * Leaves two marks, then brings every location that can be reached to the winning copy.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>a mark at two locations: the vote is over for all who look;
     *   <li>at each location with a losing copy, that one is deleted: an empty register beside a
     *       mark, which the next one fills;
     *   <li>the winning copy is put there;
     *   <li>when all three have it the marks go: three equal copies say the same.
     * </ol>
     *
     * Deleting before marking could leave a vote that others win.
     *
     * @return whether two locations have the winning copy now
     */
    private boolean makeFirm(ObjectName name, byte[] winner, Tally tally) {
        List<Answer<PutOutcome>> marks = zone.mark(ZoneNames.won(name), ZoneNames.digest(winner));
        if (ZoneStore.values(marks).size() < 2) {
            throw Shortfall.of(name, "settled at", marks);
        }
        int copies = 0;
        for (int i = 0; i < tally.votes.size(); i++) {
            Location location = zone.locations().get(i);
            switch (tally.votes.get(i)) {
                case Ballot.Vote.Away _ ->
                        zone.lacking().add(new ZoneStore.At(location.number(), name));
                case Ballot.Vote.Absent _ -> copies += copyTo(location, name, winner);
                case Ballot.Vote.Held(byte[] bytes) -> {
                    if (Arrays.equals(bytes, winner)) {
                        copies++;
                    } else {
                        boolean deleted =
                                ZoneStore.isDone(
                                        zone.ask(
                                                List.of(location),
                                                at -> {
                                                    at.store().delete(name);
                                                    return true;
                                                },
                                                ZoneStore.PATIENCE),
                                        location);
                        int replaced = deleted ? copyTo(location, name, winner) : 0;
                        copies += replaced;
                        if (replaced > 0) {
                            events.healed(
                                    name,
                                    location.toString(),
                                    "its copy is not the one that counts");
                        }
                    }
                }
            }
        }
        if (copies == zone.locations().size()) {
            zone.ask(
                    zone.locations(),
                    location -> {
                        location.store().delete(ZoneNames.won(name));
                        return true;
                    },
                    ZoneStore.PATIENCE);
        }
        return copies >= 2;
    }

    private int copyTo(Location location, ObjectName name, byte[] winner) {
        boolean created =
                ZoneStore.values(zone.put(List.of(location), name, winner, 1))
                        .contains(PutOutcome.CREATED);
        if (!created) {
            zone.lacking().add(new ZoneStore.At(location.number(), name));
        }
        return created ? 1 : 0;
    }

    private Optional<byte[]> marked(ObjectName name) {
        ObjectName mark = ZoneNames.won(name);
        return ZoneStore.values(
                        zone.ask(
                                zone.worthAsking(2),
                                location -> location.store().get(mark),
                                ZoneStore.PATIENCE))
                .stream()
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Tally count(ObjectName name) {
        List<Location> asked = zone.worthAsking(2);
        List<Answer<Optional<byte[]>>> answers =
                zone.ask(asked, location -> location.store().get(name), ZoneStore.PATIENCE);
        List<Ballot.Vote> votes = new ArrayList<>();
        for (Location location : zone.locations()) {
            Ballot.Vote vote = new Ballot.Vote.Away();
            for (Answer<Optional<byte[]>> answer : answers) {
                if (answer instanceof Answer.Done<Optional<byte[]>> done
                        && done.location() == location) {
                    vote =
                            done.value().isPresent()
                                    ? new Ballot.Vote.Held(done.value().get())
                                    : new Ballot.Vote.Absent();
                }
            }
            votes.add(vote);
        }
        return new Tally(votes);
    }

    private static Failure undecided(ObjectName name) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "which copy of object " + name + " counts can't be told while locations are away",
                "bring the locations back that are away: pgkeep vault show");
    }

    /** The votes in the order of the locations. */
    private final class Tally {
        private final List<Ballot.Vote> votes;

        Tally(List<Ballot.Vote> votes) {
            this.votes = votes;
        }

        boolean isUnanimous() {
            for (int i = 0; i < votes.size(); i++) {
                if (!(votes.get(i) instanceof Ballot.Vote.Held)
                        || !Arrays.equals(held(i), held(0))) {
                    return false;
                }
            }
            return true;
        }

        byte[] held(int index) {
            return ((Ballot.Vote.Held) votes.get(index)).bytes();
        }

        List<Location> without() {
            List<Location> without = new ArrayList<>();
            for (int i = 0; i < votes.size(); i++) {
                if (votes.get(i) instanceof Ballot.Vote.Absent) {
                    without.add(zone.locations().get(i));
                }
            }
            return without;
        }
    }
}
