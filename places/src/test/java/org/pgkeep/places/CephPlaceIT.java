package org.pgkeep.places;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.pgkeep.testkit.store.CephServer;
import org.pgkeep.testkit.store.FaultProxy;
import org.pgkeep.vault.PlaceAddress;

/** The server closest to Amazon's own; slow to start, so only where it is asked for. */
class CephPlaceIT extends FarPlaceContract {
    private static final boolean WANTED = Boolean.getBoolean("pgkeep.ceph");

    /** Started when first asked for, which is after the look at what is missing. */
    private static final class Running {
        private static final CephServer SERVER = CephServer.start("vault");
        private static final FaultProxy PROXY = FaultProxy.before(SERVER.port());
    }

    @BeforeAll
    static void lookForWhatItTakes() {
        assumeTrue(
                WANTED, "the suite on a Ceph gateway takes a minute: ask for it by -Dpgkeep.ceph");
        assumeTrue(CephServer.missing().isEmpty(), () -> CephServer.missing().orElse(""));
    }

    @AfterAll
    static void end() {
        if (WANTED && CephServer.missing().isEmpty()) {
            Running.PROXY.close();
            Running.SERVER.close();
        }
    }

    @Override
    PlaceAddress address(String bucket, String prefix, int port) {
        return PlaceAddress.parse(
                "s3://" + bucket + "/" + prefix + "?endpoint=http://127.0.0.1:" + port);
    }

    @Override
    Map<String, String> environment() {
        return Map.of(
                "AWS_ACCESS_KEY_ID", CephServer.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY", CephServer.SECRET_KEY);
    }

    @Override
    Map<String, String> wrongSecret() {
        return Map.of(
                "AWS_ACCESS_KEY_ID", CephServer.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", "hunter2");
    }

    @Override
    FaultProxy proxy() {
        return Running.PROXY;
    }

    @Override
    String answer(String word) {
        return "<?xml version=\"1.0\"?><Error><Code>"
                + word
                + "</Code><Message>planned</Message></Error>";
    }
}
