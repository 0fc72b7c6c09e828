package org.pgkeep.cli.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.pgkeep.cli.rest.Json;

/**
 * A command that has ended.
 *
 * @param line what was typed
 * @param code its exit code
 * @param out its standard output
 * @param err its standard error
 */
record Ended(String line, int code, String out, String err) {
    /** The exit code of a refusal. */
    static final int REFUSED = 2;

    /** It did what it was asked, and the launcher built nothing. */
    Ended good() {
        assertThat(code).as("%s", this).isZero();
        assertThat(err).as("%s", this).doesNotContain("pgkeep: building");
        return this;
    }

    /** The document on standard output. */
    Json json() {
        return Json.parse(out.getBytes(UTF_8));
    }

    /**
     * It was refused as cli.md lays down: exit code 2, nothing on standard output, one line of what
     * happened and one of what to do.
     */
    Ended refused(String happened, String hint) {
        assertThat(code).as("%s", this).isEqualTo(REFUSED);
        assertThat(out).as("%s", this).isEmpty();
        List<String> lines = err.lines().toList();
        assertThat(lines).as("%s", this).hasSize(2);
        assertThat(lines.get(0)).startsWith("pgkeep: ").contains(happened);
        assertThat(lines.get(1)).startsWith("hint: ").contains(hint);
        return this;
    }

    /** The same behind lines of progress, for a job that was waited for. */
    Ended refusedAtLast(String happened, String hint) {
        List<String> lines = err.lines().toList();
        String last = String.join("\n", lines.subList(Math.max(0, lines.size() - 2), lines.size()));
        Ended _ = new Ended(line, code, out, last).refused(happened, hint);
        return this;
    }

    /** The same as {@link #refused} with {@code -o json}: one document on standard error. */
    Ended refusedInJson(String errorCode) {
        assertThat(code).as("%s", this).isEqualTo(REFUSED);
        assertThat(out).as("%s", this).isEmpty();
        Json error = Json.parse(err.getBytes(UTF_8)).at("error");
        assertThat(error.at("code").asText()).as("%s", this).hasValue(errorCode);
        assertThat(error.at("message").asText().orElse("")).as("%s", this).isNotBlank();
        assertThat(error.at("hint").asText().orElse("")).as("%s", this).isNotBlank();
        return this;
    }

    @Override
    public String toString() {
        return line + "\nended with " + code + "\nout: " + out + "\nerr: " + err;
    }
}
