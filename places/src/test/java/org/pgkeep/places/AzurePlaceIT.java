package org.pgkeep.places;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.pgkeep.testkit.store.AzureServer;
import org.pgkeep.testkit.store.FaultProxy;
import org.pgkeep.vault.PlaceAddress;

class AzurePlaceIT extends FarPlaceContract {
    /** Started when first asked for, which is after the look at what is missing. */
    private static final class Running {
        private static final AzureServer SERVER = AzureServer.start("vault");
        private static final FaultProxy PROXY = FaultProxy.before(SERVER.port());
    }

    @BeforeAll
    static void lookForWhatItTakes() {
        assumeTrue(AzureServer.missing().isEmpty(), () -> AzureServer.missing().orElse(""));
    }

    @AfterAll
    static void end() {
        if (AzureServer.missing().isEmpty()) {
            Running.PROXY.close();
            Running.SERVER.close();
        }
    }

    @Override
    PlaceAddress address(String bucket, String prefix, int port) {
        return PlaceAddress.parse(
                "azblob://"
                        + bucket
                        + "/"
                        + prefix
                        + "?endpoint=http://127.0.0.1:"
                        + port
                        + "/"
                        + AzureServer.ACCOUNT);
    }

    @Override
    Map<String, String> wrongSecret() {
        return Map.of(
                "AZURE_STORAGE_ACCOUNT", AzureServer.ACCOUNT, "AZURE_STORAGE_KEY", "aHVudGVyMg==");
    }

    @Override
    Map<String, String> environment() {
        return Map.of(
                "AZURE_STORAGE_ACCOUNT", AzureServer.ACCOUNT,
                "AZURE_STORAGE_KEY", AzureServer.KEY);
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
