package org.pgkeep.service.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.slot.WalLimit;

class CaptureWishesTest {
    private static final String BUCKET = "s3://bucket/vault?region=eu-central-1";

    @Test
    void shipsLessOftenToPlacesWhereRequestsCost() {
        assertThat(CaptureWishes.usualFor(List.of("/vault")).shipEvery())
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(CaptureWishes.usualFor(List.of(BUCKET)).shipEvery())
                .isEqualTo(Duration.ofSeconds(10));
        // one of three that costs is enough
        assertThat(CaptureWishes.usualFor(List.of("/a", "/b", BUCKET)).shipEvery())
                .isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void letsASettingWinOverThePlace() {
        assertThat(wished(Map.of("shippingInterval", "3s")).shipEvery())
                .isEqualTo(Duration.ofSeconds(3));
        assertThat(wished(Map.of()).shipEvery()).isEqualTo(Duration.ofSeconds(10));
        // who waits for commits waits for the spool, not for the bucket
        assertThat(wished(Map.of("synchronous", "on")).shipEvery())
                .isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void shipsAtLeastAsOftenAsTheDeltaBackupIntervalSays() {
        assertThat(
                        wished(Map.of("shippingInterval", "30m", "deltaBackupInterval", "5"))
                                .shipEvery())
                .isEqualTo(Duration.ofMinutes(5));
        assertThat(wished(Map.of("deltaBackupInterval", "5")).shipEvery())
                .as("sooner where nobody asks for less")
                .isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void tellsAWishFromTheUsual() {
        assertThat(wished(Map.of()).limit().told()).isFalse();
        // back to the usual size after another one: a wish like any
        WalLimit back = wished(Map.of("walLimit", "16GB")).limit();
        assertThat(back.told()).isTrue();
        assertThat(back.slotWalKeepSize()).isEqualTo("16384MB");
        assertThat(wished(Map.of("walPolicy", "recoverability")).limit().slotWalKeepSize())
                .isEqualTo("-1");
    }

    private static CaptureSettings wished(Map<String, String> settings) {
        return CaptureWishes.of(settings, CaptureSettings.OBJECT_STORE);
    }
}
