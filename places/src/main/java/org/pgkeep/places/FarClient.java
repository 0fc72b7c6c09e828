package org.pgkeep.places;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.StoredObject;

/**
 * Single calls to a service: no second try, no waiting for bandwidth. Each ends within the time
 * given, or throws {@link CallFailed}; an interrupted thread gets an {@link InterruptedException}.
 */
interface FarClient {
    /**
     * What a service says of an object.
     *
     * @param bytes its size
     * @param md5 the MD5 digest in lower-case hexadecimal, where the service tells one. It may be
     *     something else that looks like one: S3 gives such for objects that a key of its own
     *     encrypts
     */
    record Stat(long bytes, Optional<String> md5) {}

    /** Stores an object if the name is free; {@code TAKEN} if not. */
    void create(String name, byte[] content, Duration within) throws InterruptedException;

    /** A whole object. */
    byte[] read(String name, Duration within) throws InterruptedException;

    /** A stretch of an object that lies within it; {@code SHORT} if it does not. */
    byte[] read(String name, long offset, int length, Duration within) throws InterruptedException;

    Stat stat(String name, Duration within) throws InterruptedException;

    /** The objects whose name starts with the prefix, in any order. */
    List<StoredObject> list(String prefix, Duration within) throws InterruptedException;

    /** The next parts of the names below a prefix that is empty or ends with '/', in any order. */
    List<String> folders(String prefix, Duration within) throws InterruptedException;

    /** Removes an object; no complaint if there is none. */
    void delete(String name, Duration within) throws InterruptedException;

    /** Credentials may have changed: read them again before the next call. */
    void forgetCredentials();
}
