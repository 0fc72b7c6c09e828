package org.pgkeep.vault;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ByteSource;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;
import org.pgkeep.vault.seal.Layout;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;
import org.pgkeep.vault.seal.SealedObject;

/**
 * A store with the vault's keys: objects go in clear and come out clear. What the parts of an open
 * vault share; immutable, but for the keys, which may go on to a new generation.
 *
 * @param store where objects are kept, each under its own name
 * @param raw the same with all forms that objects have had
 * @param safe the vault's keys
 * @param random for ids and seals; thread-safe
 * @param settings of the vault
 * @param spare arrays in which logs were sealed
 */
record SealedStore(
        ObjectStore store,
        ObjectStore raw,
        KeySafe safe,
        SecureRandom random,
        VaultSettings settings,
        SpareArrays spare) {
    private static final int HEAD_BYTES = 64 << 10;

    /**
     * zstd's level for a log while more waits: of WAL it leaves 38 %, and 35 % at level 3, in 60 %
     * of the time.
     */
    private static final int HASTY_LEVEL = 1;

    /** Below this a log is sealed into an array of its own. */
    private static final int LARGE_LOG_BYTES = 4 << 20;

    /** A log that does not compress at all, and what its frames add. */
    private static final int LOG_OVERHEAD_BYTES = 64 << 10;

    SealedStore(ObjectStore raw, KeySafe safe, SecureRandom random, VaultSettings settings) {
        this(new OwnNames(raw, safe, false), raw, safe, random, settings, new SpareArrays());
    }

    /** The same, with nothing but complete listings. */
    SealedStore withCompleteListings() {
        return new SealedStore(new OwnNames(raw, safe, true), raw, safe, random, settings, spare);
    }

    /** The keys; their newest seals what is new. */
    Keyring keys() {
        return safe.ring();
    }

    ObjectSealer sealer(ObjectKind kind, ObjectName name, int bytesExpected) {
        return new ObjectSealer(keys(), kind, name.text(), level(kind), random, bytesExpected);
    }

    /** A sealer that begins with the frames of another one that has ended. */
    ObjectSealer sealer(ObjectKind kind, ObjectName name, byte[] frames) {
        return new ObjectSealer(keys(), kind, name.text(), level(kind), random, frames);
    }

    private int level(ObjectKind kind) {
        return kind == ObjectKind.PACK ? settings.packLevel() : settings.compressionLevel();
    }

    /** Seals bytes as one object. */
    byte[] seal(ObjectKind kind, ObjectName name, byte[] bytes, int offset, int length) {
        try (ObjectSealer sealer = sealer(kind, name, length / 2)) {
            int most = ChunkKind.PLAIN.clearBytesMax();
            for (int done = 0; done < length; done += most) {
                int piece = Math.min(most, length - done);
                sealer.seal(sealer.reserve(ChunkKind.PLAIN), bytes, offset + done, piece);
            }
            return sealer.finish();
        }
    }

    /** Seals and stores a piece of log. */
    PutOutcome putLog(ObjectName name, byte[] bytes, int offset, int length, Haste haste) {
        if (length < LARGE_LOG_BYTES) {
            return store.putIfAbsent(name, seal(ObjectKind.LOG, name, bytes, offset, length));
        }
        int level =
                haste == Haste.BACKLOG
                        ? Math.min(HASTY_LEVEL, level(ObjectKind.LOG))
                        : level(ObjectKind.LOG);
        int most = ChunkKind.PLAIN.clearBytesMax();
        byte[] frames = spare.take(length + LOG_OVERHEAD_BYTES);
        try (ObjectSealer sealer =
                new ObjectSealer(keys(), ObjectKind.LOG, name.text(), level, random, frames)
                        .expecting((length + most - 1) / most)) {
            for (int done = 0; done < length; done += most) {
                int piece = Math.min(most, length - done);
                sealer.seal(sealer.reserve(ChunkKind.PLAIN), bytes, offset + done, piece);
            }
            int objectBytes = sealer.finishInPlace();
            frames = sealer.giveFrames();
            return store.putIfAbsent(name, frames, objectBytes);
        } finally {
            spare.give(frames);
        }
    }

    /** Opens an object whole; empty if there is none. */
    Optional<byte[]> open(ObjectKind kind, ObjectName name, int clearBytesMax) {
        return healing(
                kind, name, () -> openWhole(kind, name).map(whole -> whole.join(clearBytesMax)));
    }

    /**
     * Does something with an object. If it turns out to be damaged, and the store has other copies
     * of it, these are looked at, the bad ones are replaced by a good one, and it is done again.
     */
    <T> T healing(ObjectKind kind, ObjectName name, Supplier<T> use) {
        try {
            return use.get();
        } catch (Failure failure) {
            if (!isDamage(failure) || !(raw instanceof Copies copies)) {
                throw failure;
            }
            boolean healed = false;
            for (ObjectName form : Forms.all(name, safe.ring().generations())) {
                healed |= copies.heal(form, bytes -> opens(kind, form, bytes));
            }
            if (!healed) {
                throw failure;
            }
            return use.get();
        }
    }

    /** Whether bytes are not what was stored: a higher format number may be a flipped bit. */
    static boolean isDamage(Failure failure) {
        return failure.code() == Code.DAMAGED_OBJECT || failure.code() == Code.NEWER_FORMAT;
    }

    /**
     * Whether these bytes are the object, every chunk of it.
     *
     * @throws Failure if that can't be told now: their keys have to be read, and the place is away
     */
    boolean opens(ObjectKind kind, ObjectName name, byte[] bytes) {
        try {
            Keyring keys = keysFor(name, ByteSource.of(bytes));
            SealedObject sealed =
                    SealedObject.openWhole(keys, kind, name.text(), bytes).orElseThrow();
            for (int i = 0; i < sealed.chunks(); i++) {
                sealed.chunk(i, ByteSource.of(bytes));
            }
            return true;
        } catch (Failure failure) {
            if (isDamage(failure)) {
                return false;
            }
            throw failure;
        }
    }

    /** Fetches an object whole and opens its index, its chunks one by one as they are asked for. */
    Optional<Whole> openWhole(ObjectKind kind, ObjectName name) {
        return firstForm(name, form -> openForm(kind, form));
    }

    /** As {@link #openWhole}, of one form and no other. */
    Optional<Whole> openForm(ObjectKind kind, ObjectName form) {
        return fetch(form)
                .flatMap(bytes -> {
                    Keyring keys = keysFor(form, ByteSource.of(bytes));
                    return SealedObject.openWhole(keys, kind, form.text(), bytes)
                            .map(sealed -> new Whole(form, sealed, bytes));
                });
    }

    /** Opens the first chunk of an object, fetching little more; empty if there is no object. */
    Optional<byte[]> openHead(ObjectKind kind, ObjectName name) {
        return healing(
                kind,
                name,
                () ->
                        whereverItIs(() ->
                                openIndex(kind, name, HEAD_BYTES)
                                        .map(part -> {
                                            if (part.sealed().chunks() == 0) {
                                                throw Damage.of(
                                                        part.form().text(), "it has no head");
                                            }
                                            return part.chunk(0);
                                        })));
    }

    /** Opens the index of an object, fetching so many bytes at first; empty if there is none. */
    Optional<Part> openIndex(ObjectKind kind, ObjectName name, int prefixBytes) {
        return firstForm(
                name,
                form -> {
                    ByteSource all = (offset, length) -> raw.range(form, offset, length);
                    ByteSource source = all.withPrefix(prefixBytes);
                    Keyring keys = keysFor(form, source);
                    return SealedObject.open(keys, kind, form.text(), source)
                            .map(sealed -> new Part(form, sealed, source, all));
                });
    }

    /** Does something again, once, if the form it found first was sealed anew and is gone. */
    <T> T whereverItIs(Supplier<T> work) {
        try {
            return work.get();
        } catch (Failure e) {
            if (e.code() != Code.MISSING_OBJECT || safe.ring().newest() == 1) {
                throw e;
            }
            return work.get();
        }
    }

    private <T> Optional<T> firstForm(ObjectName name, Function<ObjectName, Optional<T>> open) {
        int newest = safe.ring().newest();
        Optional<T> found = firstOf(Forms.all(name, safe.ring().generations()), open);
        if (found.isEmpty() && mayHaveGoneOn(newest)) {
            found = firstOf(Forms.all(name, safe.ring().generations()), open);
        }
        return found;
    }

    /** Whether another program rotated the keys: then there are forms not looked for yet. */
    private boolean mayHaveGoneOn(int newest) {
        safe.refresh();
        return safe.ring().newest() > newest;
    }

    /**
     * The first form that is there. Of several places one may be away, and the others may not be
     * sure that a form is nowhere: another form that one of them has is as good.
     */
    static <T> Optional<T> firstOf(List<ObjectName> forms, Function<ObjectName, Optional<T>> open) {
        @Nullable Failure away = null;
        for (ObjectName form : forms) {
            try {
                Optional<T> found = open.apply(form);
                if (found.isPresent()) {
                    return found;
                }
            } catch (Failure failure) {
                if (failure.code() != Code.STORE_UNAVAILABLE || forms.size() == 1) {
                    throw failure;
                }
                away = failure;
            }
        }
        if (away != null) {
            throw away;
        }
        return Optional.empty();
    }

    private Keyring keysFor(ObjectName form, ByteSource source) {
        return SealedObject.title(form.text(), source)
                .map(title -> safe.ringFor(title.generation()))
                .orElseGet(safe::ring);
    }

    private Optional<byte[]> fetch(ObjectName name) {
        Optional<byte[]> bytes = raw.range(name, 0, Layout.OBJECT_BYTES_MAX + 1);
        if (bytes.isPresent() && bytes.get().length > Layout.OBJECT_BYTES_MAX) {
            throw Damage.of(name.text(), "it is larger than an object may be");
        }
        return bytes;
    }

    /**
     * An object of which the index was fetched.
     *
     * @param form its name
     * @param sealed its index
     * @param front with the bytes that were fetched
     * @param all without
     */
    record Part(ObjectName form, SealedObject sealed, ByteSource front, ByteSource all) {
        byte[] chunk(int ordinal) {
            return sealed.chunk(ordinal, front);
        }

        /** The same without the bytes that were fetched, to be kept. */
        Part lean() {
            return new Part(form, sealed, all, all);
        }
    }

    /** An object in memory, still sealed. */
    @SuppressWarnings("ArrayRecordComponent")
    record Whole(ObjectName name, SealedObject sealed, byte[] bytes) {
        byte[] chunk(int ordinal) {
            return sealed.chunk(ordinal, ByteSource.of(bytes));
        }

        private byte[] join(int clearBytesMax) {
            if (sealed.clearBytes() > clearBytesMax) {
                throw Damage.of(name.text(), "it holds " + sealed.clearBytes() + " clear bytes");
            }
            return sealed.all(ByteSource.of(bytes));
        }
    }
}
