package org.pgkeep.locks;

import java.net.URI;
import org.pgkeep.places.LockAdapter;
import org.pgkeep.vault.ObjectLock;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Opens the locks of a bucket on S3 through the AWS SDK. */
public final class S3Locks implements LockAdapter {
    /** Attempts at a call, each within the time for an answer. */
    private static final int ATTEMPTS = 3;

    /** For {@link java.util.ServiceLoader}. */
    public S3Locks() {}

    @Override
    public ObjectLock open(Bucket bucket) {
        S3ClientBuilder builder =
                S3Client.builder()
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(bucket.answerWithin())
                                        .socketTimeout(bucket.answerWithin()))
                        .region(Region.of(bucket.region()))
                        .credentialsProvider(credentials(bucket))
                        .forcePathStyle(!bucket.bucketInHost())
                        // older servers refuse the checksums that newer SDKs send by themselves
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .overrideConfiguration(settings ->
                                settings.apiCallAttemptTimeout(bucket.answerWithin())
                                        .apiCallTimeout(
                                                bucket.answerWithin().multipliedBy(ATTEMPTS)));
        bucket.endpoint().ifPresent(url -> builder.endpointOverride(URI.create(url)));
        return new BucketLocks(builder.build(), bucket);
    }

    private static AwsCredentialsProvider credentials(Bucket bucket) {
        return bucket.keys()
                .map(keys ->
                        (AwsCredentialsProvider)
                                StaticCredentialsProvider.create(
                                        keys.token().isPresent()
                                                ? AwsSessionCredentials.create(
                                                        keys.id(),
                                                        keys.secret(),
                                                        keys.token().get())
                                                : AwsBasicCredentials.create(
                                                        keys.id(), keys.secret())))
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
    }
}
