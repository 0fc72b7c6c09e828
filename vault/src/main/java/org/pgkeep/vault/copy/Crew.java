package org.pgkeep.vault.copy;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Who asks several locations at once. */
interface Crew {
    /**
     * Asks each of the locations, and returns what is known when {@code enough} is satisfied, when
     * all have answered, or when the deadline has passed; whoever has not answered then has {@link
     * Answer.Pending} in the list. What goes on afterwards is told to {@code late}.
     *
     * @param bytes how many bytes each of the questions carries and holds in memory
     */
    <T> List<Answer<T>> ask(
            List<Location> locations,
            Function<Location, T> work,
            long bytes,
            Duration deadline,
            Predicate<List<Answer<T>>> enough,
            Consumer<Answer<T>> late);

    /** One after the other in the calling thread; deadlines are the locations' own. For tests. */
    static Crew inOrder() {
        return new Crew() {
            @Override
            public <T> List<Answer<T>> ask(
                    List<Location> locations,
                    Function<Location, T> work,
                    long bytes,
                    Duration deadline,
                    Predicate<List<Answer<T>>> enough,
                    Consumer<Answer<T>> late) {
                return locations.stream().map(each -> each.ask(work)).toList();
            }
        };
    }
}
