package org.pgkeep.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** What is known of one thing: a name and a value on each line, the values under each other. */
public final class Facts {
    private final String indent;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String name, String value) {}

    /** Lines that begin behind so many blanks. */
    public Facts(int indent) {
        this.indent = " ".repeat(indent);
    }

    /** Adds a line, unless the value is empty. */
    public Facts add(String name, String value) {
        if (!value.isEmpty()) {
            lines.add(new Line(name, value));
        }
        return this;
    }

    /** Adds a line for each value, the name before the first. */
    public Facts addAll(String name, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            add(i == 0 ? name : "", values.get(i));
        }
        return this;
    }

    /** The lines, each with its line feed. */
    public String text() {
        int width = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
        StringBuilder out = new StringBuilder();
        for (Line line : lines) {
            out.append(indent)
                    .append(line.name())
                    .append(" ".repeat(width - line.name().length() + 2))
                    .append(line.value())
                    .append('\n');
        }
        return out.toString();
    }
}
