package org.pgkeep.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class PaceTest {
    private static final int REGION = 131072;
    private static final long MILLI = 1_000_000;

    private long now;
    private long rested;
    private MachineLoad.Use use = new MachineLoad.Use(1, 0);

    @AfterEach
    void forgetInterrupt() {
        boolean _ = Thread.interrupted();
    }

    @Test
    void restsForNobodyOnAMachineOfItsOwn() {
        use = new MachineLoad.Use(0, 0.02);
        work(pace(0).step(), 1000);
        assertThat(rested).isZero();
    }

    @Test
    void stepsAsideWhileOthersWantTheProcessors() {
        use = new MachineLoad.Use(0.01, 0.6);
        Pace pace = pace(0);
        Pace.Step step = pace.step();
        work(step, 1000);
        assertThat(pace.part()).isEqualTo(Pace.PART_MIN);
        long from = now;
        long restedBefore = rested;
        work(step, 1000);
        assertThat((double) (rested - restedBefore) / (now - from))
                .isCloseTo(1 - Pace.PART_MIN, within(0.01));
        // and back, when they are gone
        use = new MachineLoad.Use(0.5, 0);
        work(step, 10_000);
        assertThat(pace.part()).isEqualTo(1);
        restedBefore = rested;
        work(step, 100);
        assertThat(rested).isEqualTo(restedBefore);
    }

    @Test
    void leavesIdleProcessorsToNobody() {
        use = new MachineLoad.Use(0.4, 0.5);
        work(pace(0).step(), 1000);
        assertThat(rested).isZero();
    }

    @Test
    void readsNoFasterThanTheRateInAllThreadsTogether() {
        Pace pace = pace(10_000_000);
        Pace.Step one = pace.step();
        Pace.Step other = pace.step();
        for (int i = 0; i < 500; i++) {
            one.before(REGION);
            other.before(REGION);
        }
        assertThat(now / 1e9).isCloseTo(1000 * REGION / 10e6, within(0.1));
    }

    @Test
    void endsWhenItIsInterruptedAtRest() {
        Pace pace =
                new Pace(
                        1,
                        () -> use,
                        () -> now,
                        nanos -> {
                            throw new InterruptedException("while resting " + nanos);
                        });
        Pace.Step step = pace.step();
        step.before(1);
        assertThatThrownBy(() -> step.before(1))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.code()).isEqualTo(Code.INTERRUPTED));
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    private Pace pace(long bytesPerSecond) {
        return new Pace(
                bytesPerSecond,
                () -> use,
                () -> now,
                nanos -> {
                    rested += nanos;
                    now += nanos;
                });
    }

    /** Each region takes a millisecond. */
    private void work(Pace.Step step, int regions) {
        for (int i = 0; i < regions; i++) {
            step.before(REGION);
            now += MILLI;
        }
    }
}
