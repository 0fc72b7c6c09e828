package org.pgkeep.places;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.ObjectStoreContract;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.StoredObject;

/**
 * Google Cloud Storage has no server that could be started here: this runs where a bucket and
 * credentials are given. It leaves nothing in the bucket.
 */
class GooglePlaceIT extends ObjectStoreContract {
    /** The address of a place to try, such as {@code gcs://bucket/prefix}. */
    private static final String ADDRESS_VARIABLE = "PGKEEP_TEST_GCS";

    private ObjectStore store = open("before");

    @BeforeAll
    static void lookForWhatItTakes() {
        assumeTrue(
                System.getenv(ADDRESS_VARIABLE) != null,
                "Google Cloud Storage is not tested: set "
                        + ADDRESS_VARIABLE
                        + " to gcs://BUCKET/PREFIX and GOOGLE_APPLICATION_CREDENTIALS to a file");
    }

    @BeforeEach
    void freshPlace() {
        store = open("test-" + new SecureRandom().nextLong(Long.MAX_VALUE));
    }

    @org.junit.jupiter.api.AfterEach
    void leaveNothing() {
        for (StoredObject each : store.list("")) {
            store.delete(each.name());
        }
    }

    private static ObjectStore open(String below) {
        String address = System.getenv().getOrDefault(ADDRESS_VARIABLE, "gcs://none");
        return new StoragePlaces(
                        System.getenv(),
                        Path.of(System.getProperty("user.home")),
                        InstantSource.system(),
                        new SecureRandom())
                .open(PlaceAddress.parse(address + "/" + below));
    }

    @Override
    protected ObjectStore store() {
        return store;
    }
}
