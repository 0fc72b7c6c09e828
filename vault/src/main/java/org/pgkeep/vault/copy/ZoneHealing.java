package org.pgkeep.vault.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;

/** Replaces copies that do not open by one that does. Called with the name's lock held. */
final class ZoneHealing {
    private final ZoneStore zone;
    private final CopyEvents events;

    ZoneHealing(ZoneStore zone, CopyEvents events) {
        this.zone = zone;
        this.events = events;
    }

    /**
     * See {@link org.pgkeep.vault.Copies#heal}.
     *
     * <p>A good copy is never touched. A bad one is deleted, then replaced; a crash in between
     * leaves a missing copy, which the repair brings back. What can't be replaced is remembered,
     * and read only after all others.
     */
    boolean heal(ObjectName name, Predicate<byte[]> isGood) {
        if (zone.isMarkedGone(name)) {
            return false;
        }
        List<Answer<Optional<byte[]>>> answers =
                zone.ask(
                        zone.locations(),
                        location -> location.store().get(name),
                        ZoneStore.PATIENCE);
        Optional<byte[]> good = Optional.empty();
        List<Location> bad = new ArrayList<>();
        List<Location> missing = new ArrayList<>();
        for (Answer<Optional<byte[]>> answer : answers) {
            if (answer instanceof Answer.Done<Optional<byte[]>> done) {
                if (done.value().isEmpty()) {
                    missing.add(done.location());
                } else if (!isGood.test(done.value().get())) {
                    bad.add(done.location());
                } else if (good.isEmpty()) {
                    good = done.value();
                }
            }
        }
        bad.forEach(location -> zone.spoiled().add(at(location, name)));
        if (good.isEmpty()) {
            bad.forEach(location ->
                    events.notHealed(name, location.toString(), "no copy that opens was found"));
            return false;
        }
        byte[] bytes = good.get();
        missing.forEach(location -> put(location, name, bytes, "was missing"));
        for (Location location : bad) {
            List<Boolean> deleted =
                    ZoneStore.values(
                            zone.ask(
                                    List.of(location),
                                    at -> {
                                        at.store().delete(name);
                                        return true;
                                    },
                                    ZoneStore.PATIENCE));
            if (deleted.isEmpty()) {
                events.notHealed(name, location.toString(), "it can't be removed there");
            } else {
                put(location, name, bytes, "was damaged");
            }
        }
        return true;
    }

    private void put(Location location, ObjectName name, byte[] bytes, String why) {
        boolean done =
                ZoneStore.values(zone.put(List.of(location), name, bytes, 1))
                        .contains(PutOutcome.CREATED);
        if (done) {
            zone.spoiled().remove(at(location, name));
            events.healed(name, location.toString(), why);
        } else {
            zone.lacking().add(at(location, name));
            events.notHealed(name, location.toString(), "it can't be written there");
        }
    }

    private static ZoneStore.At at(Location location, ObjectName name) {
        return new ZoneStore.At(location.number(), name);
    }
}
