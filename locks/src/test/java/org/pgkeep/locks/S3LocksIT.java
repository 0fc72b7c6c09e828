package org.pgkeep.locks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.LockAdapter;
import org.pgkeep.places.StoragePlaces;
import org.pgkeep.testkit.store.CephServer;
import org.pgkeep.testkit.store.S3Server;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Locks that a real server enforces; slow to start, so only where it is asked for. */
class S3LocksIT {
    private static final boolean WANTED = Boolean.getBoolean("pgkeep.ceph");
    private static final ObjectName NAME = new ObjectName("packs/ab/abc");

    /** Started when first asked for, which is after the look at what is missing. */
    private static final class Running {
        private static final CephServer SERVER = CephServer.start("plain");
    }

    @BeforeAll
    static void lookForWhatItTakes() {
        assumeTrue(WANTED, "object locks need a Ceph gateway: ask for it by -Dpgkeep.ceph");
        assumeTrue(CephServer.missing().isEmpty(), () -> CephServer.missing().orElse(""));
    }

    @AfterAll
    static void end() {
        if (WANTED && CephServer.missing().isEmpty()) {
            Running.SERVER.close();
        }
    }

    @Test
    void aLockIsSeenExtendedAndNeverShortened() {
        PlaceAddress address = address("seen");
        ObjectLock lock = places().lock(address).orElseThrow();
        assertThat(lock.lockedUntil(NAME)).as("of no object").isEmpty();
        putPlainly(address);
        assertThat(lock.lockedUntil(NAME)).as("before").isEmpty();
        Instant tomorrow = Instant.now().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.SECONDS);
        lock.extend(NAME, tomorrow);
        assertThat(lock.lockedUntil(NAME)).hasValue(tomorrow);
        Instant later = tomorrow.plus(Duration.ofDays(7));
        lock.extend(NAME, later);
        assertThat(lock.lockedUntil(NAME)).hasValue(later);
        lock.extend(NAME, tomorrow);
        assertThat(lock.lockedUntil(NAME)).as("not shortened").hasValue(later);
    }

    @Test
    void aLockedObjectStaysWhateverIsDeleted() {
        PlaceAddress address = address("stays");
        ObjectStore store = places().open(address);
        ObjectLock lock = places().lock(address).orElseThrow();
        putPlainly(address);
        lock.extend(NAME, Instant.now().plus(Duration.ofDays(1)));
        // with locks go versions: a plain deletion hides the object, and frees nothing
        store.delete(NAME);
        assertThat(store.get(NAME)).isEmpty();
        String key = address.prefix() + "/" + NAME;
        S3Client client = client(address);
        ListObjectVersionsResponse versions =
                client.listObjectVersions(request -> request.bucket("locked").prefix(key));
        assertThat(versions.versions()).hasSize(1);
        ObjectVersion version = versions.versions().getFirst();
        assertThatExceptionOfType(S3Exception.class)
                .as("the version itself is kept by the server")
                .isThrownBy(() ->
                        client.deleteObject(request ->
                                request.bucket("locked").key(key).versionId(version.versionId())))
                .matches(refused -> refused.statusCode() == 403);
    }

    @Test
    void anObjectThatIsNotThereCantBeLocked() {
        ObjectLock lock = places().lock(address("none")).orElseThrow();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> lock.extend(NAME, Instant.now().plus(Duration.ofDays(1))))
                .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE)
                .withMessageContaining("locked/none");
    }

    @Test
    void aServerWithoutLocksSaysSoWithoutASecret() {
        try (S3Server plain = S3Server.start("plain")) {
            PlaceAddress address =
                    PlaceAddress.parse("s3://plain/x?object-lock=on&endpoint=" + plain.endpoint());
            StoragePlaces places = places(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
            places.open(address).putIfAbsent(NAME, new byte[1]);
            ObjectLock lock = places.lock(address).orElseThrow();
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> lock.extend(NAME, Instant.now().plus(Duration.ofDays(1))))
                    .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE)
                    .matches(failure -> !failure.message().contains(S3Server.SECRET_KEY))
                    .matches(failure -> failure.hint().contains("object lock"));
        }
    }

    @Test
    void aBucketWithVersionsWhoseServerStoresOverObjectsIsRefused() {
        // Ceph 16 ignores the condition of a put where there are versions, and so where locks are
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> places().open(address("over")).putIfAbsent(NAME, new byte[1]))
                .matches(failure -> failure.code() == Code.WRONG_PLACE);
    }

    /** As pgkeep never does: this server takes no conditional puts where there are versions. */
    private static void putPlainly(PlaceAddress address) {
        Object _ =
                client(address)
                        .putObject(
                                request ->
                                        request.bucket(CephServer.LOCKED_BUCKET)
                                                .key(address.prefix() + "/" + NAME),
                                RequestBody.fromBytes(new byte[100]));
    }

    private static PlaceAddress address(String prefix) {
        return PlaceAddress.parse(
                "s3://locked/" + prefix + "?object-lock=on&endpoint=" + Running.SERVER.endpoint());
    }

    private static StoragePlaces places() {
        return places(CephServer.ACCESS_KEY, CephServer.SECRET_KEY);
    }

    private static StoragePlaces places(String id, String secret) {
        return new StoragePlaces(
                Map.of("AWS_ACCESS_KEY_ID", id, "AWS_SECRET_ACCESS_KEY", secret),
                Path.of("/nonexistent"),
                InstantSource.system(),
                new Random(1));
    }

    private static S3Client client(PlaceAddress address) {
        LockAdapter.Bucket bucket =
                new LockAdapter.Bucket(
                        address.text(),
                        address.option("endpoint"),
                        "us-east-1",
                        "locked",
                        "",
                        false,
                        Optional.of(
                                new LockAdapter.Keys(
                                        CephServer.ACCESS_KEY,
                                        CephServer.SECRET_KEY,
                                        Optional.empty())),
                        Duration.ofSeconds(20));
        return ((BucketLocks) new S3Locks().open(bucket)).client();
    }
}
