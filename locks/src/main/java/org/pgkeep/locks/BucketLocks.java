package org.pgkeep.locks;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.LockAdapter.Bucket;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectName;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectLockRetention;
import software.amazon.awssdk.services.s3.model.ObjectLockRetentionMode;

/**
 * The locks of the objects of one bucket.
 *
 * @param client asks; safe for any number of threads
 * @param bucket where
 */
record BucketLocks(S3Client client, Bucket bucket) implements ObjectLock {
    private static final int NOT_FOUND = 404;

    @Override
    public Optional<Instant> lockedUntil(ObjectName name) {
        return retention(name).map(ObjectLockRetention::retainUntilDate);
    }

    /** Answers with 404 for an object without a lock as for one that is not there. */
    private Optional<ObjectLockRetention> retention(ObjectName name) {
        return asking(
                "ask for the lock of " + name,
                () -> {
                    try {
                        return Optional.ofNullable(
                                client.getObjectRetention(request ->
                                                request.bucket(bucket.bucket()).key(key(name)))
                                        .retention());
                    } catch (AwsServiceException e) {
                        String word = word(e);
                        if (e.statusCode() == NOT_FOUND && !word.equals("NoSuchBucket")) {
                            return Optional.empty();
                        }
                        throw e;
                    }
                });
    }

    /**
     * {@inheritDoc}
     *
     * <p>A lock keeps its mode; a new one can be lifted by somebody with the right to ({@code
     * GOVERNANCE}): a mistake in a setting must not cost storage for years.
     */
    @Override
    public void extend(ObjectName name, Instant until) {
        Optional<ObjectLockRetention> now = retention(name);
        if (now.isPresent() && !now.get().retainUntilDate().isBefore(until)) {
            return;
        }
        ObjectLockRetentionMode mode =
                now.map(ObjectLockRetention::mode).orElse(ObjectLockRetentionMode.GOVERNANCE);
        Object _ =
                asking(
                        "lock " + name,
                        () ->
                                client.putObjectRetention(request ->
                                        request.bucket(bucket.bucket())
                                                .key(key(name))
                                                .retention(lock ->
                                                        lock.mode(mode).retainUntilDate(until))));
    }

    private String key(ObjectName name) {
        return bucket.prefix() + name.text();
    }

    private <T> T asking(String what, Supplier<T> question) {
        try {
            return question.get();
        } catch (AwsServiceException e) {
            throw failure(what, word(e) + ", status " + e.statusCode());
        } catch (SdkClientException e) {
            throw failure(what, "no answer");
        } catch (SdkException e) {
            throw failure(what, e.getClass().getSimpleName());
        }
    }

    /** The SDK's own messages may repeat parts of a request: only the service's word is taken. */
    private static String word(AwsServiceException e) {
        String word = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return word == null ? "" : word;
    }

    private Failure failure(String what, String why) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "can't " + what + " in " + bucket.location() + ": " + why,
                "the bucket needs object lock switched on, and the credentials the rights"
                        + " GetObjectRetention and PutObjectRetention");
    }
}
