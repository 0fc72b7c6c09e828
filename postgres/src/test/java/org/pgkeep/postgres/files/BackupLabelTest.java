package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class BackupLabelTest {
    private static final String TEXT =
            """
            START WAL LOCATION: 16/B3000028 (file 0000000300000016000000B3)
            CHECKPOINT LOCATION: 16/B3000060
            BACKUP METHOD: streamed
            BACKUP FROM: primary
            START TIME: 2026-11-21 06:12:43 UTC
            LABEL: every night: 03:00
            START TIMELINE: 3
            """;

    @Test
    void readsWhatRecoveryNeeds() {
        assertThat(BackupLabel.parse(TEXT))
                .isEqualTo(
                        new BackupLabel(
                                Lsn.parse("16/B3000028"),
                                "0000000300000016000000B3",
                                Lsn.parse("16/B3000060"),
                                new TimelineId(3),
                                "every night: 03:00"));
    }

    @Test
    void refusesALabelThatLostALine() {
        for (String line : TEXT.split("\n", -1)) {
            boolean needed =
                    !line.isEmpty() && !line.startsWith("BACKUP") && !line.contains("TIME:");
            if (needed) {
                assertThatExceptionOfType(Failure.class)
                        .isThrownBy(() -> BackupLabel.parse(TEXT.replace(line + "\n", "")))
                        .satisfies(
                                failure -> assertThat(failure.code()).isEqualTo(Code.DAMAGED_DATA));
            }
        }
    }

    @Test
    void isNotMisledByALabelThatLooksLikeALine() {
        String sly = TEXT.replace("every night: 03:00", "START TIMELINE: 9");
        assertThat(BackupLabel.parse(sly).startTimeline()).isEqualTo(new TimelineId(3));
    }
}
