package org.pgkeep.service.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.slot.SlotFigures;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class MetricsTest {
    private final List<Metrics.Measured> servers = new ArrayList<>();
    private final Metrics metrics = new Metrics(() -> servers);

    @Test
    void tellsWhatIsAtRiskOfEachServer() {
        servers.add(measured("pg1", Optional.of(Duration.ofMillis(1500)), List.of()));
        servers.add(measured("pg2", Optional.empty(), List.of()));
        assertThat(metrics.text())
                .contains(line("pgkeep_wal_at_risk_seconds", "pg1", "1.5"))
                .contains(line("pgkeep_wal_at_risk_bytes", "pg1", "4096.0"))
                .contains(line("pgkeep_wal_at_risk_bytes", "pg2", "4096.0"))
                .contains(line("pgkeep_wal_slot_safe_bytes", "pg2", "1000.0"))
                .contains("# TYPE pgkeep_wal_at_risk_seconds gauge")
                .doesNotContain(line("pgkeep_wal_at_risk_seconds", "pg2", ""));
    }

    @Test
    void setsTheTroubleThereIsAndNoOther() {
        servers.add(
                measured(
                        "pg1",
                        Optional.empty(),
                        List.of(new CaptureWarning(CaptureWarning.Kind.SLOT_LOST, "it is gone"))));
        assertThat(metrics.text())
                .containsPattern("pgkeep_wal_warning\\{.*kind=\"slot_lost\".*} 1.0")
                .containsPattern("pgkeep_wal_warning\\{.*kind=\"vault_away\".*} 0.0");
    }

    @Test
    void forgetsAServerThatIsGone() {
        servers.add(measured("pg1", Optional.empty(), List.of()));
        assertThat(metrics.text()).contains("pg1");
        servers.clear();
        assertThat(metrics.text()).doesNotContain("pg1");
    }

    private static String line(String metric, String server, String value) {
        return metric + "{id=\"id\",namespace=\"default\",server=\"" + server + "\"} " + value;
    }

    private static Metrics.Measured measured(
            String name, Optional<Duration> atRisk, List<CaptureWarning> warnings) {
        return new Metrics.Measured(
                "default",
                name,
                "id",
                true,
                new CaptureState.Streaming(TimelineId.FIRST),
                new CaptureFigures(
                        new Lsn(5000),
                        new Lsn(904),
                        Optional.of(Instant.EPOCH),
                        4096,
                        atRisk,
                        77,
                        100,
                        Optional.of(new SlotFigures("reserved", 10, Optional.of(1000L))),
                        false,
                        warnings),
                0);
    }
}
