package org.pgkeep.vault.sync;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
import org.pgkeep.vault.copy.CopyEvents;

/**
 * A place, and a paired region's that gets everything a little later. What was stored or deleted is
 * noted in the order in which it happened, and done there in that order; so what is there can
 * always be restored from. After a restart, and when more is noted than fits, listings are
 * compared.
 *
 * <p>A deletion is marked in the first place until the second one has confirmed it: otherwise the
 * comparison would take a copy that is to be deleted for one that the first place lost. What comes
 * again under such a name takes the mark away before: otherwise the comparison would delete it.
 *
 * <p>Reads fall back to the paired region, writes do not. The notes are guarded by this object;
 * what is put, deleted and marked under one name is done by one thread at a time.
 */
public final class GeoStore implements ObjectStore, Copies {
    private static final String GONE = "zone/gone/";

    /** Notes kept: some hours of WAL at a piece each second. More make a comparison necessary. */
    private static final int NOTES_MAX = 20_000;

    /** Names share locks: far more than there are threads that put. */
    private static final int LOCKS = 256;

    private final ObjectStore near;
    private final ObjectStore paired;
    private final InstantSource clock;
    private final CopyEvents events;
    private final Deque<Note> notes = new ArrayDeque<>();
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    /** Names with a mark. */
    private final Set<ObjectName> marked = ConcurrentHashMap.newKeySet();

    /** Whether the marks that were there before are among them. */
    private volatile boolean marksRead;

    /** Whether the notes are all that is lacking. */
    private boolean compared;

    /**
     * How often trust in the notes was lost: what a comparison began before does not restore it.
     */
    private long distrusted;

    private long noteBytes;
    private Optional<Instant> inStepAt = Optional.empty();
    private Optional<String> trouble = Optional.empty();

    private record Note(ObjectName name, boolean deletion, long bytes, Instant at) {}

    /**
     * How far behind the paired region is.
     *
     * @param objects that are still to be copied or deleted there, as far as is known
     * @param bytes of those to be copied
     * @param seconds since when the oldest of them waits
     * @param compared whether the places were compared since the start: before, there may be more
     * @param trouble why copying does not go on; empty while it does
     */
    public record Lag(
            long objects, long bytes, long seconds, boolean compared, Optional<String> trouble) {}

    /** A place and its pair. */
    public GeoStore(ObjectStore near, ObjectStore paired, InstantSource clock, CopyEvents events) {
        this.near = near;
        this.paired = paired;
        this.clock = clock;
        this.events = events;
        Arrays.setAll(locks, i -> new ReentrantLock());
    }

    /**
     * {@inheritDoc}
     *
     * <p>Where a deletion of that name waits for the paired region, its mark is taken away first. A
     * crash right behind that leaves the object as it was before the deletion, at the pair, from
     * where a comparison brings it back. The other way round the next comparison would delete what
     * was just stored.
     */
    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return alone(
                name,
                () -> {
                    readMarks();
                    if (marked.contains(name)) {
                        near.delete(mark(name));
                        marked.remove(name);
                    }
                    try {
                        return near.putIfAbsent(name, content);
                    } finally {
                        // the answer may have been lost, now or to whoever put it before
                        note(new Note(name, false, content.length, clock.instant()));
                    }
                });
    }

    /** Once: those that an earlier process left. */
    private void readMarks() {
        if (!marksRead) {
            near.list(GONE).forEach(each -> marked.add(ofMark(each.name())));
            marksRead = true;
        }
    }

    private static ObjectName mark(ObjectName name) {
        return new ObjectName(GONE + name);
    }

    private static ObjectName ofMark(ObjectName mark) {
        return new ObjectName(mark.text().substring(GONE.length()));
    }

    private <T> T alone(ObjectName name, Supplier<T> work) {
        ReentrantLock lock = locks[Math.floorMod(name.hashCode(), LOCKS)];
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The steps, and what a crash after each of them leaves: the mark is put (the object is not
     * deleted yet, and a comparison deletes it in both places); it is deleted here (a comparison
     * finds the mark and deletes it there).
     */
    @Override
    public void delete(ObjectName name) {
        alone(
                name,
                () -> {
                    boolean deleted = false;
                    try {
                        marked.add(name);
                        near.putIfAbsent(mark(name), new byte[0]);
                        near.delete(name);
                        deleted = true;
                    } finally {
                        if (deleted) {
                            note(new Note(name, true, 0, clock.instant()));
                        } else {
                            // only a comparison tells whether the mark stands
                            distrust();
                        }
                    }
                    return true;
                });
    }

    private synchronized void note(Note note) {
        if (notes.size() >= NOTES_MAX) {
            distrust();
        }
        notes.add(note);
        noteBytes += note.bytes;
    }

    private synchronized void distrust() {
        notes.clear();
        noteBytes = 0;
        compared = false;
        distrusted++;
    }

    /**
     * Does in the paired region what was noted, or compares when there is no trust in the notes.
     * For one thread at a time.
     *
     * @return whether the pair is in step
     */
    public boolean copy() {
        try {
            boolean trusted;
            long before;
            synchronized (this) {
                trusted = compared;
                before = distrusted;
                if (!trusted) {
                    // what is noted from now on comes after the listings
                    notes.clear();
                    noteBytes = 0;
                }
            }
            if (!trusted) {
                compare();
            }
            for (Optional<Note> next = peek(); next.isPresent(); next = peek()) {
                repeat(next.get());
                remove(next.get());
            }
            synchronized (this) {
                trouble = Optional.empty();
                if (distrusted != before) {
                    return false;
                }
                compared = true;
                inStepAt = Optional.of(clock.instant());
            }
            return true;
        } catch (Failure failure) {
            if (failure.code() == Code.INTERRUPTED) {
                throw failure;
            }
            synchronized (this) {
                trouble = Optional.of(failure.message());
            }
            return false;
        }
    }

    private synchronized Optional<Note> peek() {
        return Optional.ofNullable(notes.peek());
    }

    private synchronized void remove(Note done) {
        if (done.equals(notes.peek())) {
            notes.remove();
            noteBytes -= done.bytes;
        }
    }

    private void repeat(Note note) {
        if (note.deletion) {
            endAtPair(note.name);
            return;
        }
        if (SyncOrder.of(note.name) == SyncOrder.VAULT) {
            copyWhatOpens(Set.of());
        }
        // what is gone again has a note of its own
        near.get(note.name).ifPresent(bytes -> paired.putIfAbsent(note.name, bytes));
    }

    /**
     * Listings of both, copies in the order that keeps the pair whole, then the deletions that were
     * marked before: what came in the place of what goes, keys above all, is there before it goes.
     */
    private void compare() {
        List<StoredObject> marks = near.list(GONE);
        // the pair first: what comes into being meanwhile is not taken for something that was lost
        List<StoredObject> there = paired.list("");
        Set<ObjectName> here = new HashSet<>();
        List<ObjectName> lacking = new ArrayList<>();
        Set<ObjectName> atPair = new HashSet<>();
        there.forEach(object -> atPair.add(object.name()));
        for (StoredObject object : near.list("")) {
            here.add(object.name());
            if (!atPair.contains(object.name()) && !object.name().text().startsWith("zone/")) {
                lacking.add(object.name());
            }
        }
        copyWhatOpens(atPair);
        lacking.sort(SyncOrder.COPYING);
        for (ObjectName name : lacking) {
            near.get(name).ifPresent(bytes -> paired.putIfAbsent(name, bytes));
        }
        marks.forEach(mark -> endDeletion(ofMark(mark.name())));
        for (StoredObject object : there) {
            if (!here.contains(object.name())
                    && near.get(object.name()).isEmpty()
                    && near.get(mark(object.name())).isEmpty()) {
                paired.get(object.name())
                        .ifPresent(bytes -> {
                            near.putIfAbsent(object.name(), bytes);
                            events.healed(object.name(), near.location(), "was missing");
                        });
            }
        }
    }

    /**
     * The vault's newest document with the keys that open it: whatever a later rotation takes away
     * is of no use to the pair any more.
     */
    private void copyWhatOpens(Set<ObjectName> atPair) {
        SyncOrder.whatOpens(
                        near,
                        name -> {
                            if (atPair.contains(name)) {
                                return true;
                            }
                            Optional<byte[]> key = near.get(name);
                            key.ifPresent(bytes -> paired.putIfAbsent(name, bytes));
                            return key.isPresent();
                        })
                .stream()
                .map(StoredObject::name)
                .filter(name -> SyncOrder.of(name) == SyncOrder.VAULT && !atPair.contains(name))
                .max(ObjectName::compareTo)
                .ifPresent(
                        name -> near.get(name).ifPresent(bytes -> paired.putIfAbsent(name, bytes)));
    }

    private void endDeletion(ObjectName name) {
        boolean stands =
                alone(
                        name,
                        () -> {
                            // what came again since it was listed has taken the mark away
                            boolean there = near.get(mark(name)).isPresent();
                            if (there) {
                                near.delete(name);
                            }
                            return there;
                        });
        if (stands) {
            endAtPair(name);
        }
    }

    /** No put waits for the pair. What comes again in between is copied there later. */
    private void endAtPair(ObjectName name) {
        paired.delete(name);
        alone(
                name,
                () -> {
                    near.delete(mark(name));
                    return marked.remove(name);
                });
    }

    /** How far behind the pair is. */
    public synchronized Lag lag() {
        Instant now = clock.instant();
        long seconds =
                notes.isEmpty()
                        ? 0
                        : Math.max(0, now.getEpochSecond() - notes.getFirst().at.getEpochSecond());
        return new Lag(notes.size(), noteBytes, seconds, compared, trouble);
    }

    /** When the pair had everything; empty if it never had since the start. */
    public synchronized Optional<Instant> inStepAt() {
        return inStepAt;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return fromEither(name, store -> store.get(name));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return fromEither(name, store -> store.range(name, offset, length));
    }

    private Optional<byte[]> fromEither(
            ObjectName name, Function<ObjectStore, Optional<byte[]>> read) {
        Optional<byte[]> here;
        try {
            here = read.apply(near);
            if (here.isPresent() || near.get(mark(name)).isPresent()) {
                return here;
            }
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
            Optional<byte[]> there = read.apply(paired);
            if (there.isEmpty()) {
                throw away;
            }
            return there;
        }
        return ofPair(name, read);
    }

    /** The near place answers, and has nothing: the pair may, if it was lost here. */
    private Optional<byte[]> ofPair(ObjectName name, Function<ObjectStore, Optional<byte[]>> read) {
        try {
            synchronized (this) {
                if (notes.stream().anyMatch(note -> note.deletion && note.name.equals(name))) {
                    return Optional.empty();
                }
            }
            return read.apply(paired);
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
            return Optional.empty();
        }
    }

    /** {@inheritDoc} The near place's; the pair's when the near place does not answer. */
    @Override
    public List<StoredObject> list(String prefix) {
        List<StoredObject> listing;
        try {
            listing = near.list(prefix);
            if (listing.isEmpty() && near.list("vault/").isEmpty()) {
                // not mounted, or lost: a vault is never empty
                listing = paired.list(prefix);
            }
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
            listing = paired.list(prefix);
        }
        return withoutOwn(listing);
    }

    /** {@inheritDoc} The pair lags behind: it never stands in here. */
    @Override
    public List<StoredObject> listComplete(String prefix) {
        List<StoredObject> listing = near.listComplete(prefix);
        if (listing.isEmpty() && near.list("vault/").isEmpty()) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    near.location() + " is empty: it is not mounted, or was lost",
                    "mount it, or make it whole again from " + paired.location());
        }
        return withoutOwn(listing);
    }

    private static List<StoredObject> withoutOwn(List<StoredObject> listing) {
        return listing.stream()
                .filter(object -> !object.name().text().startsWith("zone/"))
                .toList();
    }

    @Override
    public boolean heal(ObjectName name, Predicate<byte[]> isGood) {
        List<ObjectStore> bad = new ArrayList<>();
        Optional<byte[]> good = Optional.empty();
        for (ObjectStore place : List.of(near, paired)) {
            try {
                Optional<byte[]> copy = place.get(name);
                if (copy.filter(isGood).isPresent()) {
                    good = good.isPresent() ? good : copy;
                } else if (copy.isPresent() || place.equals(near)) {
                    bad.add(place);
                }
            } catch (Failure away) {
                events.notHealed(name, place.location(), away.message());
            }
        }
        if (good.isEmpty()) {
            return false;
        }
        for (ObjectStore place : bad) {
            try {
                place.delete(name);
                place.putIfAbsent(name, good.get());
                events.healed(name, place.location(), "was damaged or missing");
            } catch (Failure away) {
                events.notHealed(name, place.location(), away.message());
            }
        }
        return true;
    }

    @Override
    public String location() {
        return near.location() + ", copied to " + paired.location();
    }
}
