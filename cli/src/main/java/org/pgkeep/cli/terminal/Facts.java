package org.pgkeep.cli.terminal;

import java.util.LinkedHashMap;
import java.util.Map;

/** What is known of one thing: a name and a value on each line, the values under each other. */
public final class Facts {
    private final String indent;
    private final Map<String, String> lines = new LinkedHashMap<>();

    /** Lines that begin behind so many blanks. */
    public Facts(int indent) {
        this.indent = " ".repeat(indent);
    }

    /** Adds a line, unless the value is empty. */
    public Facts add(String name, String value) {
        if (!value.isEmpty()) {
            lines.put(name, value);
        }
        return this;
    }

    /** The lines, each with its line feed. */
    public String text() {
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        StringBuilder out = new StringBuilder();
        lines.forEach((name, value) ->
                out.append(indent)
                        .append(name)
                        .append(" ".repeat(width - name.length() + 2))
                        .append(value)
                        .append('\n'));
        return out.toString();
    }
}
