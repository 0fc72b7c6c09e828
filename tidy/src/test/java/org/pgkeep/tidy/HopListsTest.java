package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rule about the three paths finds paths that are told wrongly. */
class HopListsTest {
    private static final String HERE = "org.pgkeep.tidy.planted.cycle.engine.here.Here";
    private static final String THERE = "org.pgkeep.tidy.planted.cycle.engine.there.There";
    private static final String ELSEWHERE = "org.pgkeep.tidy.planted.exits.cli.Main";
    private static final JavaClasses CLASSES =
            new ClassFileImporter().importPackages("org.pgkeep.tidy.planted");

    @Test
    void readsPathsAsTheyAreWritten() {
        String document =
                """
                ## The three paths
                ### The way of a page
                1. [`Here`](room/src/main/java/org/pgkeep/room/Here.java): begins
                2. [`There`](room/src/main/java/org/pgkeep/room/There.java): ends
                ## Elsewhere
                1. [`Other`](room/src/main/java/org/pgkeep/room/Other.java)
                """;

        assertThat(HopLists.read(document))
                .containsExactly(
                        Map.entry(
                                "The way of a page",
                                List.of("org.pgkeep.room.Here", "org.pgkeep.room.There")));
    }

    @Test
    void acceptsPathsOfConnectedTypes() {
        assertThat(HopLists.complaints(paths(List.of(HERE, THERE)), CLASSES)).isEmpty();
    }

    @Test
    void findsAPathOfTooManyHops() {
        List<String> nine = new ArrayList<>();
        for (int i = 0; i <= HopLists.HOPS_MAX; i++) {
            nine.add(i % 2 == 0 ? HERE : THERE);
        }

        assertThat(HopLists.complaints(paths(nine), CLASSES))
                .singleElement()
                .asString()
                .contains("more than 8");
    }

    @Test
    void findsATypeThatIsNotThere() {
        assertThat(HopLists.complaints(paths(List.of(HERE, "org.pgkeep.Gone")), CLASSES))
                .singleElement()
                .asString()
                .contains("there is no type org.pgkeep.Gone");
    }

    @Test
    void findsAHopThatNothingLeadsTo() {
        assertThat(HopLists.complaints(paths(List.of(HERE, ELSEWHERE)), CLASSES))
                .singleElement()
                .asString()
                .contains("no hop before");
    }

    @Test
    void findsAMissingPath() {
        assertThat(HopLists.complaints(Map.of("one", List.of(HERE, THERE)), CLASSES)).hasSize(1);
    }

    private static Map<String, List<String>> paths(List<String> first) {
        Map<String, List<String>> paths = new LinkedHashMap<>();
        paths.put("first", first);
        paths.put("second", List.of(HERE, THERE));
        paths.put("third", List.of(THERE, HERE));
        return paths;
    }
}
