package org.pgkeep.places;

import java.time.Duration;
import java.util.Optional;
import org.pgkeep.vault.ObjectLock;

/**
 * Reaches the locks of a bucket's objects. Implementations are found by {@link
 * java.util.ServiceLoader}: pgkeep runs without one, and the vendor's library that the one there is
 * needs is not on the class path of its commands.
 */
public interface LockAdapter {
    /**
     * Where and as whom to ask.
     *
     * @param location for messages, without secrets
     * @param endpoint the service's URL; empty for Amazon's own
     * @param region the region
     * @param bucket the bucket
     * @param prefix begins every object's name, with '/' at its end; empty for none
     * @param bucketInHost whether the bucket is named in the host
     * @param keys what opens it; empty if the machine's own identity does
     * @param answerWithin how long an answer may take
     */
    record Bucket(
            String location,
            Optional<String> endpoint,
            String region,
            String bucket,
            String prefix,
            boolean bucketInHost,
            Optional<Keys> keys,
            Duration answerWithin) {}

    /**
     * An access key.
     *
     * @param id its public part
     * @param secret its secret
     * @param token of a session
     */
    record Keys(String id, String secret, Optional<String> token) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "Keys[…]";
        }
    }

    /** The locks of a bucket's objects; nothing is asked yet. */
    ObjectLock open(Bucket bucket);
}
