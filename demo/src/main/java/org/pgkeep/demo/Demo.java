package org.pgkeep.demo;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The tour: who plays, and that the stage is cleared afterwards. What is played is {@link Tour}.
 */
public final class Demo {
    private static final int GOOD = 0;
    private static final int FAILED = 1;

    private Demo() {}

    /**
     * Plays it.
     *
     * @param launcher the {@code pgkeep} that types the commands
     * @param keep whether servers and service stay at the end
     * @param out where it is told
     * @param err where a failure is told
     * @return the exit code: 0 only if every transaction was where it belongs
     */
    public static int run(Path launcher, boolean keep, PrintStream out, PrintStream err) {
        try {
            return play(launcher, keep, new Narrator(out), err);
        } catch (DemoFailed failed) {
            return failed(failed, err);
        }
    }

    private static int play(Path launcher, boolean keep, Narrator narrator, PrintStream err) {
        Stage stage = Stage.build();
        Commands commands = new Commands(launcher, stage.home(), narrator);
        Tour tour = new Tour(commands, narrator, stage.home(), launcher);
        AtomicBoolean leaving = new AtomicBoolean();
        // Ctrl-C: the process must not end before the servers are stopped
        Thread curtain =
                new Thread(
                        () -> {
                            leaving.set(true);
                            clear(tour, stage, commands);
                            err.println("pgkeep: interrupted; everything is stopped and removed");
                        },
                        "curtain");
        Runtime.getRuntime().addShutdownHook(curtain);
        try {
            tour.play();
            if (!keep) {
                clear(tour, stage, commands);
            }
        } catch (DemoFailed failed) {
            if (failed.byInterrupt()) {
                pause(); // Ctrl-C reaches the command that runs and this process at once
            }
            if (!leaving.get()) {
                failed(failed, err);
                if (keep) {
                    tour.farewell(true);
                }
            }
            return FAILED;
        } finally {
            if (!keep) {
                clear(tour, stage, commands);
            }
            forget(curtain);
        }
        tour.farewell(keep);
        return GOOD;
    }

    private static void clear(Tour tour, Stage stage, Commands commands) {
        tour.stopWriters();
        stage.clear(commands);
    }

    private static int failed(DemoFailed failed, PrintStream err) {
        err.println();
        err.println("pgkeep: the demo failed: " + failed.getMessage());
        err.println("hint: " + failed.hint());
        err.flush();
        return FAILED;
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(500));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread curtain) {
        try {
            Runtime.getRuntime().removeShutdownHook(curtain);
        } catch (IllegalStateException leaving) {
            // The process is on its way out: the hook runs, and finds the stage cleared.
        }
    }
}
