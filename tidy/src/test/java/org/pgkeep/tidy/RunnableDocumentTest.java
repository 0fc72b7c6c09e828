package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a document says its commands print is held against what they printed. */
class RunnableDocumentTest {
    private static final RunnableDocument DOCUMENT =
            RunnableDocument.read(
                    """
                    Text.
                    ```sh run
                    echo one
                    ```
                    ```text output
                    one
                    ```
                    ```sh
                    not run
                    ```
                    ```sh run
                    pgkeep show
                    ```

                    ```text output
                    Name …
                    …
                    Size  12 MB (of … kB)
                    ```
                    """);

    @Test
    void readsTheCommandsMeantToBeRun() {
        assertThat(DOCUMENT.blocks())
                .extracting(RunnableDocument.Block::commands)
                .containsExactly("echo one\n", "pgkeep show\n");
        assertThat(DOCUMENT.script()).contains("set -euo pipefail").doesNotContain("not run");
    }

    @Test
    void acceptsWhatIsPrintedAsSaid() {
        assertThat(
                        DOCUMENT.differences(
                                "one\n=== end of block 0\nName pg1\nState x\nSize  12 MB (of 3 kB)\n"
                                        + "=== end of block 1\n"))
                .isEmpty();
    }

    @Test
    void findsWhatIsPrintedOtherwise() {
        assertThat(
                        DOCUMENT.differences(
                                "two\n=== end of block 0\nName pg1\nSize  12 MB (of 3 MB)\n"
                                        + "=== end of block 1\n"))
                .hasSize(2);
    }

    @Test
    void findsCommandsThatFail() {
        assertThat(DOCUMENT.differences("one\n=== end of block 0\nName pg1\n"))
                .singleElement()
                .asString()
                .contains("these commands failed")
                .contains("pgkeep show");
    }
}
