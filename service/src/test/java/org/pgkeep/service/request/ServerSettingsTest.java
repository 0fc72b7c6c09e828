package org.pgkeep.service.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class ServerSettingsTest {
    @Test
    void keepsWhatTheSeedsLinesGive() {
        ServerSettings settings =
                ServerSettings.of(
                        Map.of(
                                "dataSizeMb", "1024",
                                "serviceType", "NodePort",
                                "backupVolumeClaims", "pvc1,pvc2",
                                "backupClasses", "managed-premium,default",
                                "backupSizesMb", "1024,2048",
                                "retentionMin", "7d"));

        assertThat(settings.values()).hasSize(6).containsEntry("backupVolumeClaims", "pvc1,pvc2");
    }

    @Test
    void saysWhatHasNoEffectYet() {
        ServerSettings settings =
                ServerSettings.of(Map.of("backupVolumeClaims", "pvc1,pvc2", "dataSizeMb", "1024"));

        assertThat(settings.notes())
                .singleElement()
                .asString()
                .startsWith("backupVolumeClaims ")
                .contains("no effect");
    }

    @ParameterizedTest
    @CsvSource({
        "retention,0d",
        "retention,7 days",
        "redundancy,moon",
        "dataSizeMb,-1",
        "dataSizeMb,lots",
        "fullBackupInterval,0",
        "fullBackupInterval,1.5",
        "backupVolumeClaims,'a,,b'",
        "serviceType,Carrier"
    })
    void refusesValuesThatMakeNoSense(String name, String value) {
        assertThatThrownBy(() -> ServerSettings.of(Map.of(name, value)))
                .isInstanceOfSatisfying(
                        Failure.class,
                        it -> {
                            assertThat(it.code()).isEqualTo(Code.BAD_ARGUMENT);
                            assertThat(it.message()).contains(name);
                        });
    }
}
