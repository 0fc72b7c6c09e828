package org.pgkeep.places;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.pgkeep.testkit.store.FaultProxy;
import org.pgkeep.testkit.store.S3Server;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.StoredObject;

class S3PlaceIT extends FarPlaceContract {
    private static final S3Server SERVER = S3Server.start("vault");
    private static final FaultProxy PROXY = FaultProxy.before(SERVER.port());

    @AfterAll
    static void end() {
        PROXY.close();
        SERVER.close();
    }

    @Override
    PlaceAddress address(String bucket, String prefix, int port) {
        return PlaceAddress.parse(
                "s3://" + bucket + "/" + prefix + "?endpoint=http://127.0.0.1:" + port);
    }

    @Override
    Map<String, String> wrongSecret() {
        return Map.of("AWS_ACCESS_KEY_ID", S3Server.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", "hunter2");
    }

    @Override
    Map<String, String> environment() {
        return Map.of(
                "AWS_ACCESS_KEY_ID", S3Server.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY", S3Server.SECRET_KEY);
    }

    /** While s3proxy writes an object, it lists it under another name, with a UUID behind. */
    @Override
    protected boolean isOfTheServer(StoredObject listed) {
        return listed.name().text().matches(".*-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    @Override
    FaultProxy proxy() {
        return PROXY;
    }

    @Override
    String answer(String word) {
        return "<?xml version=\"1.0\"?><Error><Code>"
                + word
                + "</Code><Message>planned</Message></Error>";
    }
}
