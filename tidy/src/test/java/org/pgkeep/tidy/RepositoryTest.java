package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgkeep.tidy.House.Text;

/** The repository keeps the rules about its texts. */
class RepositoryTest {
    private static final List<Text> TEXTS = House.texts();

    /** What may be larger than the rule says, and why. */
    private static final Map<String, String> LARGE =
            Map.of(
                    "vault/src/main/java/org/pgkeep/vault",
                    "ids, references and documents of the vault: most are records of a few lines, and"
                            + " callers need them together");

    @Test
    void everyPackageHasASignOnItsDoor() {
        assertThat(SourceRules.signs(TEXTS)).isEmpty();
    }

    @Test
    void namesSaySomething() {
        assertThat(SourceRules.names(TEXTS)).isEmpty();
    }

    @Test
    void filesAndPackagesStaySmall() {
        assertThat(SourceRules.sizes(TEXTS, LARGE)).isEmpty();
    }

    @Test
    void noTestIsSkippedWithoutAWord() {
        assertThat(SourceRules.silentSkips(TEXTS)).isEmpty();
    }

    @Test
    void namesNoMachineAndNoRegistry() {
        assertThat(SourceRules.machines(TEXTS)).isEmpty();
    }

    @Test
    void linksLeadSomewhere() {
        assertThat(DocumentRules.deadLinks(TEXTS)).isEmpty();
    }

    @Test
    void decisionsAreComplete() {
        assertThat(DocumentRules.decisions(TEXTS)).isEmpty();
    }

    @Test
    void threePathsAreAsTheArchitectureTellsThem() {
        String architecture =
                TEXTS.stream()
                        .filter(text -> text.path().equals("ARCHITECTURE.md"))
                        .map(Text::content)
                        .findFirst()
                        .orElseThrow();
        assertThat(HopLists.complaints(HopLists.read(architecture), House.classes())).isEmpty();
    }
}
