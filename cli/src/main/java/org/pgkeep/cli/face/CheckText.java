package org.pgkeep.cli.face;

import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;

/** What was checked on a restored server, as people read it. */
public final class CheckText {
    private CheckText() {}

    /** Adds a line for each check. */
    public static void add(Facts facts, Json checks) {
        for (Json check : checks.items()) {
            facts.add(
                    "Check " + check.at("name").shown(),
                    (check.at("ok").isTrue() ? "ok" : "FAILED")
                            + check.at("detail")
                                    .asText()
                                    .filter(detail -> !detail.isEmpty())
                                    .map(detail -> ", " + detail)
                                    .orElse(""));
        }
    }
}
