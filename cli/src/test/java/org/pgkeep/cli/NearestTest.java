package org.pgkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> VERBS = List.of("create", "list", "show", "delete");

    @Test
    void countsTypingMistakes() {
        assertThat(Nearest.distance("list", "list")).isZero();
        assertThat(Nearest.distance("lsit", "list")).isEqualTo(1);
        assertThat(Nearest.distance("", "list")).isEqualTo(4);
        assertThat(Nearest.distance("creat", "create")).isEqualTo(1);
    }

    @Test
    void findsTheWordThatWasMeant() {
        assertThat(Nearest.to("craete", VERBS)).hasValue("create");
        assertThat(Nearest.to("lst", VERBS)).hasValue("list");
    }

    @Test
    void findsNothingWhereAllAreTooFar() {
        assertThat(Nearest.to("frobnicate", VERBS)).isEmpty();
        assertThat(Nearest.to("x", VERBS)).isEmpty();
    }
}
