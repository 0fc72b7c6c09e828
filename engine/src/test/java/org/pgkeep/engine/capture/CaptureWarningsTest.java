package org.pgkeep.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.slot.SlotFigures;
import org.pgkeep.engine.slot.WalLimit;
import org.pgkeep.postgres.TimelineId;

class CaptureWarningsTest {
    private static final CaptureState STREAMING = new CaptureState.Streaming(TimelineId.FIRST);
    private static final SlotFigures HEALTHY = new SlotFigures("reserved", 100, Optional.of(900L));

    @Test
    void saysNothingWhenAllIsWell() {
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 10, Optional.of(HEALTHY))))
                .isEmpty();
    }

    @Test
    void speaksBeforeTheSpoolIsFull() {
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 74, Optional.of(HEALTHY))))
                .isEmpty();
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 75, Optional.of(HEALTHY))))
                .containsExactly(CaptureWarning.Kind.SPOOL_NEARLY_FULL);
    }

    @Test
    void speaksBeforeTheServerGivesTheSlotUp() {
        SlotFigures near = new SlotFigures("extended", 760, Optional.of(240L));
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 10, Optional.of(near))))
                .containsExactly(CaptureWarning.Kind.SLOT_NEARLY_LOST);
        SlotFigures nearly = new SlotFigures("unreserved", 1, Optional.of(0L));
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 10, Optional.of(nearly))))
                .containsExactly(CaptureWarning.Kind.SLOT_NEARLY_LOST);
    }

    @Test
    void saysThatTheSlotIsGone() {
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 10, Optional.empty())))
                .containsExactly(CaptureWarning.Kind.SLOT_LOST);
    }

    @Test
    void speaksBeforeTheServersDiskIsFullWhereNothingIsGivenUp() {
        CaptureSettings settings =
                CaptureSettings.LOCAL.bounded(
                        1 << 20, new WalLimit(WalLimit.First.RECOVERABILITY, 1L << 30));
        SlotFigures much = new SlotFigures("extended", 600, Optional.empty());
        assertThat(kinds(settings, known(STREAMING, 10, Optional.of(much))))
                .containsExactly(CaptureWarning.Kind.SERVER_DISK_FILLS);
        assertThat(kinds(CaptureSettings.LOCAL, known(STREAMING, 10, Optional.of(much)))).isEmpty();
    }

    @Test
    void saysThatCommitsWaitAndHowToLetThemGo() {
        CaptureWarnings.Known known =
                new CaptureWarnings.Known(
                        new CaptureState.Connecting("it is down"),
                        "",
                        10,
                        100,
                        Optional.of(HEALTHY),
                        true,
                        Optional.of(1000L),
                        true,
                        "");
        assertThat(CaptureWarnings.of(CaptureSettings.LOCAL.synchronously(true), known))
                .extracting(CaptureWarning::sentence)
                .anyMatch(each -> each.contains("ALTER SYSTEM SET synchronous_standby_names"));
    }

    private static List<CaptureWarning.Kind> kinds(
            CaptureSettings settings, CaptureWarnings.Known known) {
        return CaptureWarnings.of(settings, known).stream().map(CaptureWarning::kind).toList();
    }

    private static CaptureWarnings.Known known(
            CaptureState state, long spooled, Optional<SlotFigures> slot) {
        return new CaptureWarnings.Known(
                state, "", spooled, 100, slot, true, Optional.of(1000L), false, "");
    }
}
