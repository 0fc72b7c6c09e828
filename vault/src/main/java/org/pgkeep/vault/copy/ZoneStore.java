package org.pgkeep.vault.copy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * Three locations, one store: every object goes to all three, is there when two have it, and can be
 * read as long as one has it. Each location alone is a whole vault.
 *
 * <p><b>What could go wrong, and why it does not.</b> There is no leader, no lock that two machines
 * share, and no clock in this. What the locations give is put-if-absent and delete, one object at a
 * time.
 *
 * <ul>
 *   <li><i>Two writers, one name.</i> Names drawn at random have one writer; all others are decided
 *       by {@link Ballot}. A writer asks the first location before the others, so that the second
 *       writer usually meets the first one's copy before doing harm. Where a vote is split and the
 *       location that could decide it is away, both are told that the store is unavailable: better
 *       that nobody wins than two.
 *   <li><i>A location that was away holds a losing copy.</i> Whoever wins with fewer than three
 *       copies leaves a mark with their digest at two locations before they are told. Readers of
 *       such names compare two copies, and where these differ or one is missing, marks count before
 *       votes. The repair replaces the losing copy, then takes the marks away.
 *   <li><i>A location that was away still holds what was deleted.</i> A deletion that not all three
 *       confirm first leaves a mark at two of them; what bears such a mark is neither listed, read
 *       nor copied. The repair deletes it where it was left, then takes the marks away. A single
 *       mark is enough to be believed: nobody deletes what is still needed, so a deletion that was
 *       begun may always be ended. Names whose return would do harm are always marked, and for
 *       {@link ZoneRepair#MARK_AGE_MIN}, so that another process that was just about to copy the
 *       object meets the mark.
 *   <li><i>A put that was given up arrives after the deletion.</i> Puts on their way are known in
 *       this process; a deletion then leaves its marks, which stay until they have arrived.
 *   <li><i>A crash.</i> Before two copies: nobody was told, and the copy there is may be completed
 *       or not. In between: the marks say what was being done. There is no state beyond the
 *       objects.
 *   <li><i>A disk that was replaced, or is not mounted.</i> Each location bears a mark of which one
 *       it is. Without it, it is away, not empty: see {@link ZoneFounding}.
 * </ul>
 *
 * <p>What is not covered: two faults at once for one name, such as a location lost for good while
 * another has not caught up, lose what only these two had; {@code docs/decisions/0025} has the
 * table.
 *
 * <p>Thread-safe. A name is worked on under one of {@link #LOCKS} locks, held while locations are
 * asked; no lock is ever taken while another is held. The sets are concurrent.
 */
public final class ZoneStore implements ObjectStore, Copies {
    /** More than there are threads at work: names that share one wait for each other. */
    private static final int LOCKS = 256;

    /** A small question is answered in milliseconds nearby, in a second or two far away. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A reader goes to the next copy after so long. */
    private static final Duration READER_PATIENCE = Duration.ofSeconds(4);

    /** A slow line carries so much; a put may take as long as that and {@link #PATIENCE}. */
    private static final long BYTES_PER_SECOND_MIN = 512 << 10;

    private final List<Location> locations;
    private final Crew crew;
    private final InstantSource clock;
    private final CopyEvents events;
    private final ZoneVotes votes;
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    /** Names that a mark says are deleted, as far as this process knows. */
    private final Set<ObjectName> gone = ConcurrentHashMap.newKeySet();

    /** Puts that have not come back: they may still arrive. */
    private final Set<At> underWay = ConcurrentHashMap.newKeySet();

    /** Copies that are known to be missing. */
    private final Set<At> lacking = ConcurrentHashMap.newKeySet();

    /** Copies that did not open and could not be replaced. */
    private final Set<At> spoiled = ConcurrentHashMap.newKeySet();

    private volatile boolean marksRead;

    /** A name at a location. */
    record At(int location, ObjectName name) {}

    /** A store over three locations that {@link ZoneFounding} has prepared. */
    public ZoneStore(List<ObjectStore> stores, InstantSource clock, CopyEvents events) {
        this(stores, clock, events, new ThreadCrew());
    }

    ZoneStore(List<ObjectStore> stores, InstantSource clock, CopyEvents events, Crew crew) {
        if (stores.size() != ZoneFounding.LOCATIONS) {
            throw new IllegalArgumentException("a zone has three locations, not " + stores.size());
        }
        this.crew = crew;
        this.clock = clock;
        this.events = events;
        Arrays.setAll(locks, i -> new ReentrantLock());
        ZoneFounding.Identity identity = new ZoneFounding.Identity();
        List<Location> all = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            int number = i + 1;
            all.add(
                    new Location(
                            number,
                            stores.get(i),
                            store -> identity.recognises(store, number),
                            clock,
                            events));
        }
        locations = List.copyOf(all);
        votes = new ZoneVotes(this, events);
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        if (ZoneNames.isOwn(name)) {
            throw new IllegalArgumentException(name + " belongs to the store itself");
        }
        return locked(
                name,
                () -> {
                    if (isGone(name) && !repair().endDeletion(name, true)) {
                        throw new Failure(
                                Code.STORE_UNAVAILABLE,
                                name
                                        + " was deleted, and a location that is away may still hold it",
                                "wait until all locations are back: pgkeep vault show");
                    }
                    return ZoneNames.hasOneWriter(name)
                            ? putAtOnce(name, content)
                            : votes.put(name, content);
                });
    }

    /** All at once, and done when two have it: nobody else writes under this name. */
    private PutOutcome putAtOnce(ObjectName name, byte[] content) {
        locations.forEach(location -> lacking.add(new At(location.number(), name)));
        List<Location> asked = worthAsking(2);
        List<Answer<PutOutcome>> answers = put(asked, name, content, 2);
        if (values(answers).size() < 2 && asked.size() < locations.size()) {
            answers = new ArrayList<>(answers);
            answers.addAll(put(others(asked), name, content, 2 - values(answers).size()));
        }
        List<PutOutcome> done = values(answers);
        if (done.size() < 2) {
            forget(name);
            throw Shortfall.of(name, "written to", answers);
        }
        return done.contains(PutOutcome.EXISTS) ? PutOutcome.EXISTS : PutOutcome.CREATED;
    }

    /** Puts an object at locations, and knows which puts are still under way afterwards. */
    List<Answer<PutOutcome>> put(
            List<Location> to, ObjectName name, byte[] content, int copiesWanted) {
        to.forEach(location -> underWay.add(new At(location.number(), name)));
        Duration deadline = PATIENCE.plusSeconds(content.length / BYTES_PER_SECOND_MIN);
        List<Answer<PutOutcome>> answers =
                crew.ask(
                        to,
                        location -> location.store().putIfAbsent(name, content),
                        content.length,
                        deadline,
                        all -> values(all).size() >= copiesWanted,
                        late -> over(name, late));
        answers.forEach(answer -> over(name, answer));
        return answers;
    }

    private void over(ObjectName name, Answer<PutOutcome> answer) {
        At at = new At(answer.location().number(), name);
        switch (answer) {
            case Answer.Done<PutOutcome> _ -> {
                underWay.remove(at);
                lacking.remove(at);
            }
            case Answer.Failed<PutOutcome> _ -> underWay.remove(at);
            case Answer.Pending<PutOutcome> _ -> {}
        }
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return range(name, 0, Integer.MAX_VALUE - 8);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        if (ZoneNames.isAnyCopyRight(name)) {
            return anyCopy(name, location -> location.store().range(name, offset, length));
        }
        return agreed(name)
                .map(bytes -> {
                    int from = (int) Math.min(offset, bytes.length);
                    int to = (int) Math.min((long) from + length, bytes.length);
                    return Arrays.copyOfRange(bytes, from, to);
                });
    }

    /** The first copy that can be had: a location that is away, slow or lacks it is passed over. */
    private Optional<byte[]> anyCopy(ObjectName name, Function<Location, Optional<byte[]>> read) {
        if (gone.contains(name)) {
            return Optional.empty();
        }
        List<Location> order = new ArrayList<>(worthAsking(1));
        order.sort((a, b) -> Boolean.compare(isSpoiled(a, name), isSpoiled(b, name)));
        order.addAll(others(order));
        List<Answer<Optional<byte[]>>> answers = new ArrayList<>();
        Duration patience = READER_PATIENCE;
        for (int round = 0; round < 2; round++) {
            for (Location location : order) {
                if (isDone(answers, location)) {
                    continue;
                }
                Answer<Optional<byte[]>> answer =
                        crew.ask(List.of(location), read, 0, patience, all -> false, late -> {})
                                .getFirst();
                answers.add(answer);
                if (answer instanceof Answer.Done<Optional<byte[]>> done
                        && done.value().isPresent()) {
                    return foundAfter(name, done.value(), answers);
                }
            }
            patience = PATIENCE;
        }
        long absent = values(answers).size();
        if (absent >= 2) {
            return Optional.empty();
        }
        throw Shortfall.of(name, "read from", answers);
    }

    private Optional<byte[]> foundAfter(
            ObjectName name, Optional<byte[]> found, List<Answer<Optional<byte[]>>> answers) {
        List<Location> without = new ArrayList<>();
        for (Answer<Optional<byte[]>> answer : answers) {
            if (answer instanceof Answer.Done<Optional<byte[]>> done && done.value().isEmpty()) {
                without.add(done.location());
            }
        }
        if (!without.isEmpty() && isMarkedGone(name)) {
            return Optional.empty();
        }
        without.forEach(location -> lacking.add(new At(location.number(), name)));
        return found;
    }

    /** What two copies agree on. */
    private Optional<byte[]> agreed(ObjectName name) {
        if (gone.contains(name)) {
            return Optional.empty();
        }
        List<Location> two = worthAsking(2);
        two = two.subList(0, Math.min(2, two.size()));
        List<Optional<byte[]>> copies =
                values(ask(two, location -> unlessMarked(location.store(), name), PATIENCE));
        if (copies.size() == 2
                && copies.get(0).isPresent()
                && copies.get(1).isPresent()
                && Arrays.equals(copies.get(0).get(), copies.get(1).get())) {
            return copies.get(0);
        }
        return locked(name, () -> votes.read(name));
    }

    private static Optional<byte[]> unlessMarked(ObjectStore store, ObjectName name) {
        Optional<byte[]> copy = store.get(name);
        return copy.isPresent() && store.get(ZoneNames.gone(name)).isPresent()
                ? Optional.empty()
                : copy;
    }

    /** {@inheritDoc} One location alone is listed too, so that it can be restored from. */
    @Override
    public List<StoredObject> list(String prefix) {
        return list(prefix, 1);
    }

    /** {@inheritDoc} Any two locations list all that was ever committed. */
    @Override
    public List<StoredObject> listComplete(String prefix) {
        return list(prefix, 2);
    }

    private List<StoredObject> list(String prefix, int answersMin) {
        readMarks();
        List<Location> asked = worthAsking(2);
        List<Answer<List<StoredObject>>> answers =
                new ArrayList<>(
                        ask(
                                asked,
                                location -> location.store().list(prefix),
                                PATIENCE.multipliedBy(6)));
        if (values(answers).size() < 2) {
            answers.addAll(ask(others(asked), location -> location.store().list(prefix), PATIENCE));
        }
        if (values(answers).size() < answersMin) {
            throw Shortfall.of(null, "listed from", answers);
        }
        TreeMap<ObjectName, StoredObject> found = new TreeMap<>();
        for (List<StoredObject> listing : values(answers)) {
            for (StoredObject object : listing) {
                if (!ZoneNames.isOwn(object.name()) && !gone.contains(object.name())) {
                    found.putIfAbsent(object.name(), object);
                }
            }
        }
        return List.copyOf(found.values());
    }

    @Override
    public List<String> folders(String prefix) {
        readMarks();
        if (!gone.isEmpty()) {
            return ObjectStore.super.folders(prefix);
        }
        List<Location> asked = worthAsking(2);
        List<Answer<List<String>>> answers =
                ask(asked, location -> location.store().folders(prefix), PATIENCE);
        if (values(answers).size() < 2) {
            return ObjectStore.super.folders(prefix);
        }
        TreeSet<String> found = new TreeSet<>();
        values(answers).forEach(found::addAll);
        found.removeIf(folder -> (prefix + folder + "/").equals(ZoneNames.OWN));
        return List.copyOf(found);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>a mark is put at two locations at least: the object is deleted for all who look;
     *   <li>the object is deleted where that can be done: the same.
     * </ol>
     *
     * The other way round, a crash would leave a copy at the location that is away and no word that
     * it is not wanted. Packs and pieces of log, which are many, are deleted without a mark when
     * all three locations are there: what a crash leaves then is one that was not deleted, or has
     * fewer copies; nobody was told, and should another process bring it back, it means nothing.
     */
    @Override
    public void delete(ObjectName name) {
        locked(
                name,
                () -> {
                    boolean settled =
                            !ZoneNames.mayNeverComeBack(name)
                                    && locations.stream().allMatch(Location::isWorthAsking)
                                    && !isUnsettled(name);
                    if (settled && values(deleteAt(locations, name)).size() == locations.size()) {
                        forget(name);
                        return true;
                    }
                    byte[] now =
                            Long.toString(clock.instant().getEpochSecond())
                                    .getBytes(StandardCharsets.US_ASCII);
                    List<Answer<PutOutcome>> marks = mark(ZoneNames.gone(name), now);
                    if (values(marks).size() < 2) {
                        throw Shortfall.of(name, "deleted from", marks);
                    }
                    gone.add(name);
                    deleteAt(worthAsking(2), name);
                    return true;
                });
    }

    private List<Answer<Boolean>> deleteAt(List<Location> from, ObjectName name) {
        return ask(
                from,
                location -> {
                    location.store().delete(name);
                    if (!ZoneNames.hasOneWriter(name)) {
                        location.store().delete(ZoneNames.won(name));
                    }
                    return true;
                },
                PATIENCE);
    }

    private void forget(ObjectName name) {
        for (Location location : locations) {
            At at = new At(location.number(), name);
            lacking.remove(at);
            spoiled.remove(at);
        }
    }

    @Override
    public boolean heal(ObjectName name, Predicate<byte[]> isGood) {
        return locked(name, () -> new ZoneHealing(this, events).heal(name, isGood));
    }

    @Override
    public String location() {
        return String.join(", ", locations.stream().map(each -> each.store().location()).toList());
    }

    /** How each location is. */
    public List<LocationHealth> health() {
        return locations.stream()
                .map(location ->
                        location.health(
                                lacking.stream()
                                        .filter(at -> at.location() == location.number())
                                        .count()))
                .toList();
    }

    /** What brings the copies into line; one at a time. */
    public ZoneRepair repair() {
        return new ZoneRepair(this, events);
    }

    InstantSource clock() {
        return clock;
    }

    List<Location> locations() {
        return locations;
    }

    Set<ObjectName> goneNames() {
        return gone;
    }

    Set<At> lacking() {
        return lacking;
    }

    Set<At> spoiled() {
        return spoiled;
    }

    boolean isUnderWay(ObjectName name) {
        return locations.stream()
                .anyMatch(location -> underWay.contains(new At(location.number(), name)));
    }

    private boolean isUnsettled(ObjectName name) {
        return isUnderWay(name)
                || locations.stream()
                        .anyMatch(location -> lacking.contains(new At(location.number(), name)));
    }

    private boolean isSpoiled(Location location, ObjectName name) {
        return spoiled.contains(new At(location.number(), name));
    }

    /** Whether a mark says so. */
    boolean isGone(ObjectName name) {
        readMarks();
        return gone.contains(name);
    }

    /** Looks for the mark itself: another process may have put it. */
    boolean isMarkedGone(ObjectName name) {
        ObjectName mark = ZoneNames.gone(name);
        boolean marked =
                values(ask(worthAsking(2), location -> location.store().get(mark), PATIENCE))
                        .stream()
                        .anyMatch(Optional::isPresent);
        if (marked) {
            gone.add(name);
        }
        return marked;
    }

    private void readMarks() {
        if (!marksRead) {
            List<List<StoredObject>> listings =
                    values(
                            ask(
                                    worthAsking(2),
                                    location -> location.store().list(ZoneNames.GONE),
                                    PATIENCE));
            for (List<StoredObject> listing : listings) {
                for (StoredObject mark : listing) {
                    ZoneNames.marked(ZoneNames.GONE, mark.name()).ifPresent(gone::add);
                }
            }
            // any two have all marks; with fewer, whoever comes next looks again
            marksRead = listings.size() >= 2;
        }
    }

    List<Answer<PutOutcome>> mark(ObjectName mark, byte[] content) {
        return ask(
                worthAsking(2), location -> location.store().putIfAbsent(mark, content), PATIENCE);
    }

    <T> List<Answer<T>> ask(List<Location> of, Function<Location, T> work, Duration deadline) {
        return crew.ask(of, work, 0, deadline, all -> false, late -> {});
    }

    /** Locations that are likely to answer; all, if fewer than so many are. */
    List<Location> worthAsking(int wanted) {
        List<Location> likely = locations.stream().filter(Location::isWorthAsking).toList();
        return likely.size() >= wanted ? likely : locations;
    }

    private List<Location> others(List<Location> asked) {
        return locations.stream().filter(each -> !asked.contains(each)).toList();
    }

    <T> T locked(ObjectName name, Supplier<T> work) {
        ReentrantLock lock = locks[Math.floorMod(name.hashCode(), LOCKS)];
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    static <T> List<T> values(List<Answer<T>> answers) {
        List<T> values = new ArrayList<>();
        for (Answer<T> answer : answers) {
            if (answer instanceof Answer.Done<T> done) {
                values.add(done.value());
            }
        }
        return values;
    }

    static <T> boolean isDone(List<Answer<T>> answers, Location at) {
        return answers.stream()
                .anyMatch(each -> each instanceof Answer.Done<T> && each.location() == at);
    }
}
