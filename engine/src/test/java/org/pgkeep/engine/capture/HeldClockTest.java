package org.pgkeep.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class HeldClockTest {
    private static final TimelineId FIRST = new TimelineId(1);
    private static final TimelineId SECOND = new TimelineId(2);

    private final HeldClock clock = new HeldClock();

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

    private void beat(int at, long position) {
        clock.beat(second(at), second(at), new Lsn(position));
    }

    private static Instant second(int number) {
        return Instant.ofEpochSecond(number);
    }
}
