package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.pgkeep.tidy.House.Text;

/** The rules about texts find what is planted for them, and leave the rest alone. */
class TextRulesTest {
    private static final String ENGINE = "engine/src/main/java/org/pgkeep/engine/";
    private static final String SIGN =
            "/** Work. Lives here: it. The one\n * path: in, out. Must never\n * touch: more. */";

    @Test
    void findsAPackageWithoutASign() {
        Text type = new Text(ENGINE + "Work.java", "");
        Text sign = new Text(ENGINE + "package-info.java", SIGN);
        Text inner = new Text(ENGINE + "wal/Log.java", "");
        Text innerSign =
                new Text(
                        ENGINE + "wal/package-info.java",
                        "/** Log. Lives here: it. Must never touch: more. */");
        Text bare = new Text(ENGINE + "package-info.java", "/** Work. */ package x;");

        assertThat(SourceRules.signs(List.of(type))).hasSize(1);
        assertThat(SourceRules.signs(List.of(type, bare))).hasSize(1);
        assertThat(SourceRules.signs(List.of(type, sign))).isEmpty();
        assertThat(SourceRules.signs(List.of(inner, innerSign)))
                .singleElement()
                .asString()
                .contains("wal has no complete sign");
    }

    @Test
    void findsNamesThatSayNothing() {
        assertThat(SourceRules.names(List.of(new Text(ENGINE + "util/Text.java", ""))))
                .singleElement()
                .asString()
                .contains("\"util\" says nothing");
        assertThat(SourceRules.names(List.of(new Text(ENGINE + "BackupManager.java", ""))))
                .singleElement()
                .asString()
                .contains("name the type after what it is or does");
        assertThat(SourceRules.names(List.of(new Text(ENGINE + "Snapshotter.java", "")))).isEmpty();
    }

    @Test
    void findsAPackageOutsideItsRoom() {
        Text stray = new Text("engine/src/main/java/org/pgkeep/vault/Stray.java", "");

        assertThat(SourceRules.names(List.of(stray)))
                .singleElement()
                .asString()
                .contains("belong into the package org.pgkeep.engine");
    }

    @Test
    void findsWhatGrewTooLarge() {
        Text large = new Text(ENGINE + "All.java", "x\n".repeat(SourceRules.FILE_LINES_MAX + 1));
        List<Text> many =
                IntStream.rangeClosed(0, SourceRules.PACKAGE_TYPES_MAX)
                        .mapToObj(i -> new Text(ENGINE + "wal/Type" + i + ".java", ""))
                        .toList();

        assertThat(SourceRules.sizes(List.of(large), Map.of())).hasSize(1);
        assertThat(SourceRules.sizes(many, Map.of())).hasSize(1);
        assertThat(SourceRules.sizes(many.subList(1, many.size()), Map.of())).isEmpty();
    }

    @Test
    void wantsExceptionsOnlyWhileTheyAreNeeded() {
        Text large = new Text(ENGINE + "All.java", "x\n".repeat(SourceRules.FILE_LINES_MAX + 1));
        Text small = new Text(ENGINE + "All.java", "x\n");
        Map<String, String> exception = Map.of(large.path(), "reason");

        assertThat(SourceRules.sizes(List.of(large), exception)).isEmpty();
        assertThat(SourceRules.sizes(List.of(small), exception))
                .singleElement()
                .asString()
                .contains("remove its exception");
    }

    @Test
    void findsTestsSkippedWithoutAWord() {
        for (String silent :
                List.of(
                        "@Dis" + "abled\n@Test void x() {}",
                        "@Dis" + "abledIf(\"isBusy\") void x() {}",
                        "assume" + "True(tools.isPresent());",
                        "assume" + "True(fits(a, b));")) {
            assertThat(SourceRules.silentSkips(List.of(test(silent)))).as(silent).hasSize(1);
        }
        for (String said :
                List.of(
                        "@Dis" + "abled(\"needs a second machine\") void x() {}",
                        "@DisabledIf(value = \"isBusy\", disabledReason = \"busy\") void x() {}",
                        "assumeTrue(fits(a, b), \"a and b do not fit\");")) {
            assertThat(SourceRules.silentSkips(List.of(test(said)))).as(said).isEmpty();
        }
    }

    private static Text test(String content) {
        return new Text("engine/src/test/java/org/pgkeep/engine/SomeTest.java", content);
    }

    @Test
    void findsMachinesAndRegistries() {
        for (String bound :
                List.of(
                        "cd /wo" + "rk/main",
                        "https://repo" + "1.somewhere.org/maven2",
                        "npm --registry http" + "s://registry.somewhere.org",
                        "<repos" + "itories>")) {
            assertThat(SourceRules.machines(List.of(new Text("docs/a.md", bound))))
                    .as(bound)
                    .isNotEmpty();
        }
        for (String free :
                List.of("a/work/b", "Maven Central", "https://www.apache.org/licenses")) {
            assertThat(SourceRules.machines(List.of(new Text("docs/a.md", free))))
                    .as(free)
                    .isEmpty();
        }
    }

    @Test
    void findsDeadLinks() {
        Text target = new Text("docs/b.md", "# One heading: here\n");
        Text good =
                new Text(
                        "docs/a.md",
                        "[b](b.md), [up](../docs/b.md#one-heading-here), [folder](../docs), [web]("
                                + "https://example.org), `[code](none.md)`");
        Text dead = new Text("docs/c.md", "[x](none.md)");
        Text wrongPlace = new Text("docs/c.md", "[x](b.md#other)");

        assertThat(DocumentRules.deadLinks(List.of(good, target))).isEmpty();
        assertThat(DocumentRules.deadLinks(List.of(dead, target))).hasSize(1);
        assertThat(DocumentRules.deadLinks(List.of(wrongPlace, target)))
                .singleElement()
                .asString()
                .contains("no such heading");
    }

    @Test
    void findsIncompleteDecisions() {
        String complete =
                "# 1. A\n## Status\n## Context\n## Decision\n## Consequences\n## Measurement\n";
        Text first = new Text("docs/decisions/0001-a.md", complete);
        Text third = new Text("docs/decisions/0003-c.md", complete);
        Text short2 = new Text("docs/decisions/0002-b.md", "# 2. B\n## Status\n");
        Text unnamed = new Text("docs/decisions/b.md", complete);

        assertThat(DocumentRules.decisions(List.of(first))).isEmpty();
        assertThat(DocumentRules.decisions(List.of(first, third))).hasSize(1);
        assertThat(DocumentRules.decisions(List.of(first, short2))).hasSize(4);
        assertThat(DocumentRules.decisions(List.of(first, unnamed))).hasSize(1);
    }
}
