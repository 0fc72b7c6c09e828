package org.pgkeep.vault;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The port behind which a vault's objects are kept: write-once, by name. All methods may be called
 * from any thread. They throw {@link org.pgkeep.failure.Failure} with {@code STORE_UNAVAILABLE},
 * {@code NOT_WRITABLE}, {@code NO_SPACE} or {@code INTERRUPTED}.
 */
public interface ObjectStore {
    /**
     * Stores an object unless the name is taken. The object appears whole or not at all, and is
     * durable when this returns, whichever the outcome. Of two callers with one name exactly one
     * gets {@link PutOutcome#CREATED}. After an exception the object may or may not be there.
     */
    PutOutcome putIfAbsent(ObjectName name, byte[] content);

    /**
     * The same with the first {@code length} bytes of an array that the caller uses again when this
     * has returned. A store that lets go of the bytes by then need not copy them.
     */
    default PutOutcome putIfAbsent(ObjectName name, byte[] buffer, int length) {
        return putIfAbsent(name, Arrays.copyOf(buffer, length));
    }

    /** The object's bytes; empty if there is none. */
    Optional<byte[]> get(ObjectName name);

    /**
     * A stretch of the object's bytes; empty if there is no such object. The answer is shorter than
     * {@code length} at the end of the object, and of no bytes past it. A large {@code length}
     * costs no more than what the object has.
     */
    Optional<byte[]> range(ObjectName name, long offset, int length);

    /** The complete objects whose name starts with {@code prefix}, sorted by name. */
    List<StoredObject> list(String prefix);

    /**
     * The same, for whoever concludes from what is missing, as those do who delete and who copy: a
     * store of several places that shows what it can while one is away throws here, unless the
     * others list all that was ever told to be stored.
     */
    default List<StoredObject> listComplete(String prefix) {
        return list(prefix);
    }

    /**
     * The next parts of the names that start with {@code prefix} (which ends with '/') and go on
     * below it: for {@code archives/} the archives' ids. Sorted; only those with an object below.
     */
    default List<String> folders(String prefix) {
        return list(prefix).stream()
                .map(object -> object.name().text().substring(prefix.length()))
                .filter(rest -> rest.indexOf('/') > 0)
                .map(rest -> rest.substring(0, rest.indexOf('/')))
                .distinct()
                .sorted()
                .toList();
    }

    /** Removes an object; no complaint if there is none. */
    void delete(ObjectName name);

    /** Where this is, for people: a path or a URL without secrets. */
    String location();
}
