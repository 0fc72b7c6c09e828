package org.pgkeep.vault.sync;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.SnapshotNeeds;
import org.pgkeep.vault.copy.StillToCopy;

/**
 * Brings a tier to what the first tier holds, as sealed bytes, by comparing listings. It needs no
 * keys and no memory: cut off anywhere, the next pass goes on with what is still lacking.
 *
 * <p>One pass at a time. What the last pass found is guarded by this object.
 */
public final class TierSync implements StillToCopy {
    private final ObjectStore from;
    private final ObjectStore to;
    private final DroppedNames droppedNames;
    private final InstantSource clock;
    private final CopyEvents events;
    private final SnapshotNeeds snapshotNeeds;
    private Status status = Status.UNKNOWN;

    /**
     * What the tier held, or had dropped, when it was compared last, by own names; empty before.
     */
    private Optional<Set<ObjectName>> known = Optional.empty();

    /**
     * What the last pass found.
     *
     * @param lackingObjects objects that the tier still lacks
     * @param lackingBytes their bytes
     * @param comparedAt when a pass ended that compared everything; empty if none did yet
     * @param completeAt the beginning of the last pass after which nothing was lacking: what the
     *     first tier held then is in this one
     * @param damaged those among the lacking that have no good copy where they would come from
     * @param snapshots the snapshots' objects that were in the tier after it was compared
     * @param trouble why the last pass did not end; empty if it did
     */
    public record Status(
            long lackingObjects,
            long lackingBytes,
            Optional<Instant> comparedAt,
            Optional<Instant> completeAt,
            Set<ObjectName> damaged,
            Set<ObjectName> snapshots,
            Optional<String> trouble) {
        /** Nothing was compared yet. */
        static final Status UNKNOWN =
                new Status(
                        0,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        Set.of(),
                        Set.of(),
                        Optional.empty());

        /** Copies the sets. */
        public Status {
            damaged = Set.copyOf(damaged);
            snapshots = Set.copyOf(snapshots);
        }
    }

    /** Hears how far a pass is. */
    public interface Listener {
        /** Nobody listens. */
        Listener NONE = (done, all) -> {};

        /** After each object: bytes copied of all that are to be copied. */
        void progress(long doneBytes, long allBytes);
    }

    /**
     * Synchronises {@code to} with {@code from}.
     *
     * @param snapshotNeeds tells what a snapshot refers to, if anybody can: a pack that the tier
     *     gave up comes again with a snapshot that needs it
     */
    public TierSync(
            ObjectStore from,
            ObjectStore to,
            InstantSource clock,
            CopyEvents events,
            SnapshotNeeds snapshotNeeds) {
        this.snapshotNeeds = snapshotNeeds;
        this.from = from;
        this.to = to;
        this.droppedNames = new DroppedNames(to);
        this.clock = clock;
        this.events = events;
    }

    /**
     * Copies what is lacking.
     *
     * <p>The first listing of the source decides which snapshots are copied, a second one, made
     * after it, which packs and logs: so everything that those snapshots refer to is in it, because
     * it was durable before they were. If something vanishes while it is being copied, and nothing
     * came in its place, the source was swept meanwhile: the snapshots wait for the next pass then.
     *
     * <p>The tier must not be swept during a pass: what is there already would go from under the
     * snapshots that are about to come.
     *
     * @param check tells whether an object is whole before it is copied, if anybody can
     * @param cancelled asked before each object
     * @throws Failure INTERRUPTED when cancelled, or what the stores have to say; what was copied
     *     stays
     */
    public Status pass(CopyCheck check, Listener listener, BooleanSupplier cancelled) {
        try {
            Status found = compareAndCopy(check, listener, cancelled);
            publish(found);
            return found;
        } catch (Failure failure) {
            if (failure.code() != Code.INTERRUPTED) {
                Status before = status();
                publish(
                        new Status(
                                before.lackingObjects,
                                before.lackingBytes,
                                before.comparedAt,
                                before.completeAt,
                                before.damaged,
                                before.snapshots,
                                Optional.of(failure.message())));
            }
            throw failure;
        }
    }

    private Status compareAndCopy(CopyCheck check, Listener listener, BooleanSupplier cancelled) {
        Instant begun = clock.instant();
        List<String> archives = from.folders(Names.ARCHIVES_PREFIX);
        Set<ObjectName> snapshots = listSnapshots(archives);
        List<StoredObject> documents = from.listComplete(SyncOrder.VAULT_DOCUMENTS);
        Map<ObjectName, Long> source = sizes(from.listComplete(""));
        checkAllListed(source.keySet(), archives);
        Map<ObjectName, Long> wanted = new TreeMap<>(source);
        wanted.keySet()
                .removeIf(name ->
                        switch (SyncOrder.of(name)) {
                            case OWN -> true;
                            case SNAPSHOTS -> !snapshots.contains(name);
                            case KEYS, VAULT, PACKS, LOGS, DOCUMENTS -> false;
                        });
        Map<ObjectName, Long> there = sizes(to.listComplete(""));
        // keys and documents that go together, the keys copied: a rotation may be under way
        source.keySet().removeIf(name -> SyncOrder.of(name) == SyncOrder.KEYS);
        SyncOrder.whatOpens(
                        from,
                        key ->
                                there.containsKey(key)
                                        || copy(key, check) == Copied.YES
                                        || from.get(key).isPresent())
                .forEach(object -> source.put(object.name(), object.bytes()));
        wanted.keySet().removeIf(name -> SyncOrder.of(name) == SyncOrder.KEYS);
        source.keySet().stream()
                .filter(name -> SyncOrder.of(name).compareTo(SyncOrder.VAULT) <= 0)
                .forEach(name -> wanted.put(name, source.getOrDefault(name, 0L)));
        Burials buried = Burials.among(there.keySet());
        Set<ObjectName> dropped = droppedNames.read(there.keySet(), wanted.keySet());
        wanted.keySet().stream().filter(buried::bury).map(Forms::own).forEach(dropped::add);
        Set<ObjectName> damaged = new HashSet<>();
        Map<ObjectName, Set<ObjectName>> needs =
                needs(wanted.keySet(), there.keySet(), dropped, damaged);
        Set<ObjectName> again = neededAgain(needs, there.keySet());
        again.retainAll(dropped);
        if (!again.isEmpty()) {
            droppedNames.takeBack(again, there.keySet());
        }
        dropped.removeAll(again);
        wanted.keySet().removeIf(name -> dropped.contains(Forms.own(name)));
        Map<SyncOrder, List<ObjectName>> lacking = new TreeMap<>();
        long bytes = 0;
        for (Map.Entry<ObjectName, Long> object : wanted.entrySet()) {
            if (!there.containsKey(object.getKey())) {
                lacking.computeIfAbsent(SyncOrder.of(object.getKey()), o -> new ArrayList<>())
                        .add(object.getKey());
                bytes += object.getValue();
            }
        }
        remember(there.keySet(), dropped);
        Set<ObjectName> copied = new HashSet<>();
        long done = 0;
        boolean vanished = false;
        for (Map.Entry<SyncOrder, List<ObjectName>> step : lacking.entrySet()) {
            step.getValue().sort(SyncOrder.COPYING);
            for (ObjectName name : step.getValue()) {
                if (step.getKey() == SyncOrder.SNAPSHOTS
                        && (vanished
                                || damaged.contains(name)
                                || (!needs.containsKey(name) && lostPack(damaged))
                                || !hasAll(name, needs, there.keySet(), copied))) {
                    continue;
                }
                if (cancelled.getAsBoolean()) {
                    throw new Failure(
                            Code.INTERRUPTED,
                            "copying to " + to.location() + " was cancelled",
                            "nothing is lost: it goes on where it ended");
                }
                Copied how = copy(name, check);
                if (how == Copied.YES) {
                    copied.add(name);
                } else if (how == Copied.DAMAGED) {
                    // it stays among what is lacking: nobody may take this tier for complete
                    damaged.add(name);
                } else {
                    source.remove(name);
                    Optional<StoredObject> other = replacement(name, source);
                    if (other.isEmpty()) {
                        vanished = true;
                    } else if (!source.containsKey(other.get().name())) {
                        wanted.put(other.get().name(), other.get().bytes());
                        source.put(other.get().name(), other.get().bytes());
                        if (copyLate(other.get().name(), documents, check)) {
                            copied.add(other.get().name());
                        } else {
                            vanished = true;
                        }
                    }
                }
                done += wanted.getOrDefault(name, 0L);
                listener.progress(done, bytes);
            }
        }
        // what was copied counts as a backup only once it was seen there
        boolean lookAgain =
                copied.stream().anyMatch(name -> SyncOrder.of(name) == SyncOrder.SNAPSHOTS);
        Map<ObjectName, Long> now = lookAgain ? sizes(to.listComplete("")) : there;
        if (!lookAgain) {
            copied.forEach(name -> now.put(name, source.getOrDefault(name, 0L)));
        }
        for (ObjectName pin : SyncOrder.pinsLacking(source.keySet(), now.keySet())) {
            if (copy(pin, check) == Copied.YES) {
                now.put(pin, source.getOrDefault(pin, 0L));
            }
        }
        return recount(begun, wanted, source, now, dropped, damaged);
    }

    /** The snapshots of the first tier, by one small listing for each archive. */
    private Set<ObjectName> listSnapshots(List<String> archives) {
        Set<ObjectName> snapshots = new HashSet<>();
        for (String archive : archives) {
            from.listComplete(Names.ARCHIVES_PREFIX + archive + "/snapshots/")
                    .forEach(object -> snapshots.add(object.name()));
        }
        return snapshots;
    }

    /** Folders may be those of a place that stands in for another one, and lags behind. */
    private void checkAllListed(Set<ObjectName> source, List<String> archives) {
        for (ObjectName name : source) {
            if (SyncOrder.of(name) == SyncOrder.SNAPSHOTS
                    && !archives.contains(name.text().split("/", -1)[1])) {
                throw new Failure(
                        Code.STORE_UNAVAILABLE,
                        "an archive of " + from.location() + " was not listed at first",
                        "it has just come, or a place was away: the next pass takes it along");
            }
        }
    }

    /**
     * What the snapshots that are going to be copied refer to, as far as that can be told.
     *
     * @param damaged takes those that are, and are not copied on
     */
    private Map<ObjectName, Set<ObjectName>> needs(
            Set<ObjectName> wanted,
            Set<ObjectName> there,
            Set<ObjectName> dropped,
            Set<ObjectName> damaged) {
        Map<ObjectName, Set<ObjectName>> needs = new TreeMap<>();
        for (ObjectName name : wanted) {
            if (SyncOrder.of(name) == SyncOrder.SNAPSHOTS
                    && !there.contains(name)
                    && !dropped.contains(Forms.own(name))) {
                try {
                    snapshotNeeds.packsOf(name).ifPresent(packs -> needs.put(name, packs));
                } catch (Failure failure) {
                    if (failure.code().kind() != Code.Kind.DAMAGED) {
                        throw failure;
                    }
                    damaged.add(name);
                    events.notHealed(name, from.location(), failure.message());
                }
            }
        }
        return needs;
    }

    /** Packs that this tier gave up with its last backup that needed them; a new one does again. */
    private static Set<ObjectName> neededAgain(
            Map<ObjectName, Set<ObjectName>> needs, Set<ObjectName> there) {
        Set<ObjectName> lacking = new HashSet<>();
        needs.values().forEach(lacking::addAll);
        there.forEach(name -> lacking.remove(Forms.own(name)));
        return lacking;
    }

    /** Where it is not known what a snapshot refers to, it may be any pack. */
    private static boolean lostPack(Set<ObjectName> damaged) {
        return damaged.stream().anyMatch(name -> SyncOrder.of(name) == SyncOrder.PACKS);
    }

    /** A snapshot comes only to a tier that has what it refers to. */
    private boolean hasAll(
            ObjectName snapshot,
            Map<ObjectName, Set<ObjectName>> needs,
            Set<ObjectName> there,
            Set<ObjectName> copied) {
        Set<ObjectName> missing = new HashSet<>(needs.getOrDefault(snapshot, Set.of()));
        if (missing.isEmpty()) {
            return true;
        }
        there.forEach(name -> missing.remove(Forms.own(name)));
        copied.forEach(name -> missing.remove(Forms.own(name)));
        if (!missing.isEmpty()) {
            events.notHealed(
                    snapshot,
                    to.location(),
                    missing.size() + " packs that it refers to are in no tier that answers");
        }
        return missing.isEmpty();
    }

    private Status recount(
            Instant begun,
            Map<ObjectName, Long> wanted,
            Map<ObjectName, Long> source,
            Map<ObjectName, Long> there,
            Set<ObjectName> dropped,
            Set<ObjectName> damaged) {
        removeSuperfluous(there, source);
        remember(there.keySet(), dropped);
        long objects = 0;
        long bytes = 0;
        for (Map.Entry<ObjectName, Long> object : wanted.entrySet()) {
            Long here = there.get(object.getKey());
            if (here == null && source.containsKey(object.getKey())) {
                objects++;
                bytes += object.getValue();
            } else if (here != null
                    && source.containsKey(object.getKey())
                    && !here.equals(object.getValue())) {
                events.notHealed(
                        object.getKey(), to.location(), "its length differs from tier 1's");
            }
        }
        Burials buried = Burials.among(there.keySet());
        Set<ObjectName> snapshots = new HashSet<>();
        for (ObjectName name : there.keySet()) {
            if (SyncOrder.of(name) == SyncOrder.SNAPSHOTS && !buried.bury(name)) {
                snapshots.add(Forms.own(name));
            }
        }
        return new Status(
                objects,
                bytes,
                Optional.of(clock.instant()),
                objects == 0 ? Optional.of(begun) : status().completeAt,
                damaged,
                snapshots,
                Optional.empty());
    }

    private static Map<ObjectName, Long> sizes(List<StoredObject> listing) {
        Map<ObjectName, Long> sizes = new TreeMap<>();
        listing.forEach(object -> sizes.put(object.name(), object.bytes()));
        return sizes;
    }

    /**
     * What holds all that an object held that is gone: a longer piece of log, or the object sealed
     * anew. Nothing was swept then.
     */
    private Optional<StoredObject> replacement(ObjectName gone, Map<ObjectName, Long> source) {
        for (Map.Entry<ObjectName, Long> listed : source.entrySet()) {
            if (holds(listed.getKey(), gone)) {
                return Optional.of(new StoredObject(listed.getKey(), listed.getValue()));
            }
        }
        String folder =
                SyncOrder.Piece.of(gone)
                        .map(log -> log.stream() + "/")
                        .orElse(Forms.own(gone).text());
        return from.listComplete(folder).stream()
                .filter(each -> holds(each.name(), gone))
                .findFirst();
    }

    private static boolean holds(ObjectName each, ObjectName gone) {
        return !each.equals(gone)
                && (Forms.own(each).equals(Forms.own(gone))
                        || SyncOrder.Piece.of(gone)
                                .flatMap(piece -> SyncOrder.Piece.of(each).filter(piece::isWithin))
                                .isPresent());
    }

    /** Copies what was not listed at first, unless it may be sealed with keys that came since. */
    private boolean copyLate(ObjectName name, List<StoredObject> documents, CopyCheck check) {
        Optional<byte[]> bytes = fetch(name, check);
        if (bytes.isEmpty() || !documents.equals(from.listComplete(SyncOrder.VAULT_DOCUMENTS))) {
            return false;
        }
        to.putIfAbsent(name, bytes.get());
        return true;
    }

    /** What became of an object that was to be copied. */
    private enum Copied {
        YES,
        /** It is not there any more. */
        GONE,
        /** It is there, and no copy of it is good. */
        DAMAGED
    }

    private Copied copy(ObjectName name, CopyCheck check) {
        Optional<byte[]> bytes = fetch(name, check);
        if (bytes.isEmpty()) {
            return from.range(name, 0, 1).isPresent() ? Copied.DAMAGED : Copied.GONE;
        }
        to.putIfAbsent(name, bytes.get());
        return Copied.YES;
    }

    private Optional<byte[]> fetch(ObjectName name, CopyCheck check) {
        Optional<byte[]> bytes = from.get(name);
        if (bytes.isPresent() && check.check(name, bytes.get()) == CopyCheck.Verdict.BAD) {
            boolean healed =
                    from instanceof Copies copies
                            && copies.heal(
                                    name,
                                    copy -> check.check(name, copy) == CopyCheck.Verdict.GOOD);
            bytes = healed ? from.get(name) : Optional.empty();
            if (!healed) {
                events.notHealed(name, from.location(), "it is damaged, and is not copied on");
            }
        }
        return bytes;
    }

    /**
     * Removes from the tier what the first tier has replaced: pieces of log that a longer one in
     * this tier holds, and forms of objects that were sealed anew, once the new form is here.
     */
    private void removeSuperfluous(Map<ObjectName, Long> there, Map<ObjectName, Long> source) {
        Map<ObjectName, ObjectName> newForms = new TreeMap<>();
        Map<String, List<SyncOrder.Piece>> pieces = new TreeMap<>();
        for (ObjectName name : there.keySet()) {
            ObjectName own = Forms.own(name);
            if (!own.equals(name) && source.containsKey(name)) {
                newForms.put(own, name);
            }
            SyncOrder.Piece.of(name)
                    .ifPresent(piece ->
                            pieces.computeIfAbsent(piece.stream(), s -> new ArrayList<>())
                                    .add(piece));
        }
        for (ObjectName name : List.copyOf(there.keySet())) {
            if (source.containsKey(name)) {
                continue;
            }
            boolean sealedAnew =
                    newForms.containsKey(Forms.own(name))
                            && !name.equals(newForms.get(Forms.own(name)));
            boolean inLonger =
                    SyncOrder.Piece.of(name)
                            .filter(piece ->
                                    pieces.getOrDefault(piece.stream(), List.of()).stream()
                                            .anyMatch(piece::isWithin))
                            .isPresent();
            if (sealedAnew || inLonger) {
                to.delete(name);
                there.remove(name);
            }
        }
    }

    private synchronized void remember(Set<ObjectName> there, Set<ObjectName> dropped) {
        Set<ObjectName> names = new HashSet<>();
        there.forEach(name -> names.add(Forms.own(name)));
        names.addAll(dropped);
        known = Optional.of(names);
    }

    private synchronized void publish(Status found) {
        status = found;
    }

    /** What the last pass found. */
    public synchronized Status status() {
        return status;
    }

    @Override
    public synchronized boolean isNeeded(ObjectName name) {
        return SyncOrder.of(name) != SyncOrder.OWN
                && known.map(names -> !names.contains(Forms.own(name))).orElse(true);
    }
}
