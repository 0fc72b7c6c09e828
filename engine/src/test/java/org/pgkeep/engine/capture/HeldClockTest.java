package org.pgkeep.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class HeldClockTest {
    private static final TimelineId FIRST = new TimelineId(1);
    private static final TimelineId SECOND = new TimelineId(2);

    private long nanos;
    private final HeldClock clock = new HeldClock(() -> nanos);

    @Test
    void promisesAMomentOnceItsPositionIsHeld() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        beat(1, 300);
        clock.held(FIRST, new Lsn(299));
        assertThat(clock.heldThrough()).isEmpty();
        clock.held(FIRST, new Lsn(300));
        assertThat(clock.heldThrough()).contains(second(1));
    }

    @Test
    void promisesNothingOfAPositionThatNoConnectionBrought() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        clock.held(FIRST, new Lsn(300));
        // the server comes back behind what is held
        clock.disconnected();
        beat(2, 200);
        assertThat(clock.heldThrough()).isEmpty();
        clock.connected(FIRST, new Lsn(100), new Lsn(300));
        clock.received(new Lsn(199));
        assertThat(clock.heldThrough()).isEmpty();
        clock.received(new Lsn(200));
        assertThat(clock.heldThrough()).contains(second(2));
    }

    @Test
    void countsNothingOfAnotherTimelineAsHeld() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        clock.held(FIRST, new Lsn(300));
        clock.connected(SECOND, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(250));
        beat(3, 250);
        clock.held(FIRST, new Lsn(300));
        assertThat(clock.heldThrough()).isEmpty();
        assertThat(clock.heldLsn()).isEqualTo(new Lsn(100));
        clock.held(SECOND, new Lsn(250));
        assertThat(clock.heldThrough()).contains(second(3));
    }

    @Test
    void promisesNoMoreThanTheServersClockSaysWhenThatGoesBack() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        clock.held(FIRST, new Lsn(300));
        beat(5000, 300);
        assertThat(clock.heldThrough()).contains(second(5000));
        // set back by an hour: a commit acknowledged now bears a time that was promised before
        beat(1400, 300);
        assertThat(clock.heldThrough()).contains(second(1400));
    }

    @Test
    void waitsForTheServersWordAnewWhenItsClockWentBack() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        clock.held(FIRST, new Lsn(300));
        beat(5000, 300);
        assertThat(isHeldThrough(1401)).isTrue();
        // set back by an hour, and writing: what was held then are other commits of that time
        beat(1400, 400);
        assertThat(isHeldThrough(1400)).isFalse();
        clock.received(new Lsn(400));
        clock.held(FIRST, new Lsn(400));
        assertThat(isHeldThrough(1400)).isTrue();
        assertThat(isHeldThrough(1401)).isFalse();
    }

    @Test
    void tellsWhatIsAtRiskWhateverAnyClockSays() {
        clock.connected(FIRST, new Lsn(100), new Lsn(100));
        clock.received(new Lsn(300));
        assertThat(clock.atRisk()).isEmpty();
        beat(5000, 200);
        clock.held(FIRST, new Lsn(200));
        nanos += 7_000_000_000L;
        assertThat(clock.atRisk()).contains(Duration.ofSeconds(7));
        // not reached, and an hour earlier by the server's clock
        beat(1400, 300);
        assertThat(clock.atRisk()).contains(Duration.ofSeconds(7));
    }

    private boolean isHeldThrough(int at) {
        return clock.awaitHeldThrough(second(at), Duration.ZERO);
    }

    private void beat(int at, long position) {
        clock.beat(second(at), nanos, new Lsn(position));
    }

    private static Instant second(int number) {
        return Instant.ofEpochSecond(number);
    }
}
