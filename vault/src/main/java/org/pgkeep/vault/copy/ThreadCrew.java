package org.pgkeep.vault.copy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Asks each location in a virtual thread of its own. A location that hangs costs its threads and
 * what they carry, both bounded by {@link Location#admit}; nobody waits for it longer than the
 * deadline.
 */
final class ThreadCrew implements Crew {
    @Override
    public <T> List<Answer<T>> ask(
            List<Location> locations,
            Function<Location, T> work,
            long bytes,
            Duration deadline,
            Predicate<List<Answer<T>>> enough,
            Consumer<Answer<T>> late) {
        Round<T> round = new Round<>(late);
        List<Location> busy = new ArrayList<>();
        for (Location location : locations) {
            if (!location.admit(bytes)) {
                busy.add(location);
                continue;
            }
            Thread.ofVirtual()
                    .name("location " + location.number())
                    .start(() -> {
                        try {
                            round.take(location.ask(work));
                        } finally {
                            location.release(bytes);
                        }
                    });
        }
        busy.forEach(location -> round.take(new Answer.Failed<>(location, tooBusy(location))));
        return round.await(locations, deadline, enough);
    }

    private static Failure tooBusy(Location location) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                location + " has not finished earlier work",
                "check the disk or the network that leads to it");
    }

    private static Failure tooSlow(Location location, Duration deadline) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                location + " did not answer within " + deadline.toSeconds() + " s",
                "check the disk or the network that leads to it");
    }

    /** The answers to one question. Guarded by itself. */
    private static final class Round<T> {
        private final List<Answer<T>> answers = new ArrayList<>();
        private final Consumer<Answer<T>> late;
        private boolean over;

        Round(Consumer<Answer<T>> late) {
            this.late = late;
        }

        void take(Answer<T> answer) {
            synchronized (this) {
                if (!over) {
                    answers.add(answer);
                    notifyAll();
                    return;
                }
            }
            late.accept(answer);
        }

        synchronized List<Answer<T>> await(
                List<Location> locations, Duration deadline, Predicate<List<Answer<T>>> enough) {
            long end = System.nanoTime() + deadline.toNanos();
            try {
                while (answers.size() < locations.size() && !enough.test(answers)) {
                    long left = end - System.nanoTime();
                    if (left <= 0) {
                        break;
                    }
                    wait(left / 1_000_000, (int) (left % 1_000_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                over = true;
                throw new Failure(Code.INTERRUPTED, "the work was cancelled", "start it again", e);
            }
            over = true;
            boolean content = enough.test(answers);
            List<Answer<T>> all = new ArrayList<>(answers);
            for (Location location : locations) {
                if (answers.stream().noneMatch(answer -> answer.location() == location)) {
                    Failure failure = tooSlow(location, deadline);
                    if (!content) {
                        location.failed(failure);
                    }
                    all.add(new Answer.Pending<>(location, failure));
                }
            }
            return all;
        }
    }
}
