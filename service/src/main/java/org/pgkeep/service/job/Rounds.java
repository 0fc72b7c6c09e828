package org.pgkeep.service.job;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at something every so often, in a thread of its own, until it is closed. A look that fails
 * is told of, and the next one comes all the same.
 */
public final class Rounds implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

    private final Thread thread;

    /**
     * Rounds that have not begun.
     *
     * @param name whose, for the log
     * @param every the pause between two looks
     * @param atOnce whether the first look comes at the start; else a pause comes before it
     */
    public Rounds(String name, Duration every, boolean atOnce, Runnable look) {
        thread =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(() -> {
                            try {
                                if (!atOnce) {
                                    Thread.sleep(every);
                                }
                                while (!Thread.currentThread().isInterrupted()) {
                                    look(name, look);
                                    Thread.sleep(every);
                                }
                            } catch (InterruptedException e) {
                                LOG.debug("{} ends", name, e);
                            }
                        });
    }

    private static void look(String name, Runnable look) {
        try {
            look.run();
        } catch (RuntimeException e) {
            LOG.warn("{}: a look failed", name, e);
        }
    }

    /** Begins to look. */
    public void start() {
        thread.start();
    }

    /** Ends the looking; waits for a look that is under way. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
