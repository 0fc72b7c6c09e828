package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ByteSource;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;
import org.pgkeep.vault.seal.SealedObject;

/**
 * Seals with the newest master key what an older one has sealed, object by object, beside
 * everything else that goes on. It can be cut off anywhere and begun again.
 *
 * <p>The steps for each object, and what a crash after each of them leaves:
 *
 * <ol>
 *   <li>its new form is stored, read back and compared with the old one: both are there, and the
 *       next run finds the new one;
 *   <li>the old form is deleted.
 * </ol>
 *
 * Readers look for forms in the order in which they come ({@link Forms}), so there is no instant in
 * which one of them misses the object. An object that does not open stays as it is, and is told of.
 */
public final class Resealing {
    private final SealedStore sealed;

    Resealing(SealedStore sealed) {
        this.sealed = sealed;
    }

    /**
     * What there is to do, or was done.
     *
     * @param objects sealed objects that were looked at
     * @param resealed those of them that were sealed anew
     * @param resealedBytes the bytes of their old forms
     * @param damaged names of objects that do not open, and stay as they were
     */
    public record Figures(int objects, int resealed, long resealedBytes, List<String> damaged) {
        /** Copies the list. */
        public Figures {
            damaged = List.copyOf(damaged);
        }
    }

    /** Hears how far it is. */
    public interface Listener {
        /** After each object: bytes looked at of all. */
        void progress(long doneBytes, long allBytes);
    }

    /**
     * Seals anew what needs it.
     *
     * @param cancelled asked before each object; true ends the work with INTERRUPTED
     * @throws Failure INTERRUPTED, or what the store has to say; what was done stays done
     */
    public Figures run(Listener listener, BooleanSupplier cancelled) {
        Keyring keys = sealed.safe().ring();
        List<StoredObject> all =
                sealed.raw().list("").stream().filter(object -> isSealed(object.name())).toList();
        long bytes = all.stream().mapToLong(StoredObject::bytes).sum();
        int objects = 0;
        int resealed = 0;
        long resealedBytes = 0;
        long done = 0;
        List<String> damaged = new ArrayList<>();
        for (StoredObject object : all) {
            if (cancelled.getAsBoolean()) {
                throw new Failure(
                        Code.INTERRUPTED,
                        "sealing anew was cancelled after " + resealed + " objects",
                        "begin it again: it goes on where it ended");
            }
            try {
                Optional<SealedObject.Title> title = title(object.name());
                if (title.isPresent()) {
                    objects++;
                    if (title.get().generation() < keys.newest()
                            && reseal(object.name(), title.get().kind(), keys)) {
                        resealed++;
                        resealedBytes += object.bytes();
                    }
                }
            } catch (Failure e) {
                if (e.code().kind() != Code.Kind.DAMAGED) {
                    throw e;
                }
                damaged.add(object.name().text());
            }
            done += object.bytes();
            listener.progress(done, bytes);
        }
        return new Figures(objects, resealed, resealedBytes, damaged);
    }

    /** Clear documents of the vault, and what others put there, are not sealed. */
    private static boolean isSealed(ObjectName name) {
        return !name.text().startsWith(Names.VAULT_PREFIX)
                && !name.text().startsWith(Names.KEYS_PREFIX);
    }

    /** What the object says it is; empty if it was deleted meanwhile, or is not sealed at all. */
    private Optional<SealedObject.Title> title(ObjectName form) {
        return SealedObject.title(
                form.text(), (offset, length) -> sealed.raw().range(form, offset, length));
    }

    private boolean reseal(ObjectName form, ObjectKind kind, Keyring keys) {
        Optional<SealedStore.Whole> read = sealed.openForm(kind, form);
        if (read.isEmpty()) {
            return false;
        }
        SealedStore.Whole old = read.get();
        ObjectName next = Forms.of(Forms.own(form), keys.newest());
        byte[] object;
        try (ObjectSealer sealer = sealed.sealer(kind, next, old.bytes().length)) {
            sealer.copy(old.sealed(), ByteSource.of(old.bytes()));
            object = sealer.finish();
        }
        sealed.raw().putIfAbsent(next, object);
        // what is stored now may be of an earlier run: it is believed when it was compared
        SealedStore.Whole stored =
                sealed.openForm(kind, next).orElseThrow(() -> Damage.missing(next.text()));
        if (!stored.sealed()
                .sameContent(
                        ByteSource.of(stored.bytes()), old.sealed(), ByteSource.of(old.bytes()))) {
            throw Damage.of(next.text(), "it does not hold what " + form + " holds");
        }
        sealed.raw().delete(form);
        return true;
    }
}
