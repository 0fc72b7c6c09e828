package org.pgkeep.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows under their columns, two blanks between them, a line of dashes below the heads: the shape
 * that scripts written for {@code azdata} cut apart.
 */
public final class Table {
    private final List<String> heads;
    private final List<List<String>> rows = new ArrayList<>();

    /** A table with these columns and no rows. */
    public Table(String... heads) {
        this.heads = List.of(heads);
    }

    /** Adds a row: one cell for each column. */
    public Table row(String... cells) {
        if (cells.length != heads.size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + heads.size() + " columns");
        }
        rows.add(List.of(cells));
        return this;
    }

    /** The lines, without blanks at their ends, each with its line feed. */
    public String text() {
        int[] widths = new int[heads.size()];
        widen(widths, heads);
        rows.forEach(row -> widen(widths, row));
        StringBuilder out = new StringBuilder();
        line(widths, heads, out);
        List<String> dashes = new ArrayList<>();
        for (int width : widths) {
            dashes.add("-".repeat(width));
        }
        line(widths, dashes, out);
        rows.forEach(row -> line(widths, row, out));
        return out.toString();
    }

    private static void widen(int[] widths, List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], cells.get(i).length());
        }
    }

    private static void line(int[] widths, List<String> cells, StringBuilder out) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length() + 2));
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }
}
