package org.pgkeep.vault;

import java.util.Optional;

/**
 * The port behind which a key is kept that nobody can copy: it wraps and unwraps small secrets, and
 * never shows itself. What it wraps is a random secret drawn for one envelope; the master key is
 * wrapped with that, here. So a service needs to know neither associated data nor the vault. All
 * methods may be called from any thread. They throw {@link org.pgkeep.failure.Failure} with {@code
 * KEY_SERVICE} when the service does not answer or refuses.
 */
public interface KeyService {
    /** More bytes a wrapped secret never has. */
    int WRAPPED_BYTES_MAX = 4096;

    /**
     * Which key of which service, for people and for the envelope: printable ASCII without quotes
     * or backslashes, at most 500 characters, and no secret.
     */
    String address();

    /** Wraps a secret of 32 bytes; at most {@link #WRAPPED_BYTES_MAX} bytes come back. */
    byte[] wrap(byte[] secret);

    /** Unwraps what {@link #wrap} gave; empty if it was not this key. */
    Optional<byte[]> unwrap(byte[] wrapped);
}
