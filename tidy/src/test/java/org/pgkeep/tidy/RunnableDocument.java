package org.pgkeep.tidy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A document whose commands can be run: its blocks marked {@code sh run}, in order, each perhaps
 * followed by a block marked {@code text output} that says what it prints.
 */
final class RunnableDocument {
    private static final Pattern BLOCK =
            Pattern.compile("(?ms)^```(sh run|text output)\\n(.*?)^```[ \\t]*$");
    private static final String MARK = "=== end of block ";

    private final List<Block> blocks;

    /**
     * Commands, and what they are said to print.
     *
     * @param commands a script
     * @param output lines; a line that is an ellipsis alone stands for any lines, an ellipsis in a
     *     line for any text
     */
    record Block(String commands, List<String> output) {}

    private RunnableDocument(List<Block> blocks) {
        this.blocks = blocks;
    }

    static RunnableDocument read(String markdown) {
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(markdown);
        while (block.find()) {
            if (block.group(1).equals("sh run")) {
                blocks.add(new Block(block.group(2), List.of()));
            } else if (blocks.isEmpty()) {
                throw new IllegalArgumentException("output before any command");
            } else {
                Block last = blocks.removeLast();
                blocks.add(new Block(last.commands(), block.group(2).lines().toList()));
            }
        }
        return new RunnableDocument(blocks);
    }

    List<Block> blocks() {
        return blocks;
    }

    /** All commands as one script for bash, which ends at the first that fails. */
    String script() {
        StringBuilder script = new StringBuilder("set -euo pipefail\nexec 2>&1 </dev/null\n");
        for (int i = 0; i < blocks.size(); i++) {
            script.append(blocks.get(i).commands())
                    .append("echo '")
                    .append(MARK)
                    .append(i)
                    .append("'\n");
        }
        return script.toString();
    }

    /** Where what the script printed is not what the document says; empty if it all is. */
    List<String> differences(String printed) {
        List<String> differences = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < blocks.size(); i++) {
            int end = printed.indexOf(MARK + i + "\n", from);
            if (end < 0) {
                differences.add("these commands failed:\n" + blocks.get(i).commands());
                return differences;
            }
            String here = printed.substring(from, end);
            List<String> wanted = blocks.get(i).output();
            if (!wanted.isEmpty() && !pattern(wanted).matcher(here).find()) {
                differences.add(
                        "these commands:\n"
                                + blocks.get(i).commands()
                                + "printed:\n"
                                + here
                                + "where the document says:\n"
                                + String.join("\n", wanted));
            }
            from = end + MARK.length();
        }
        return differences;
    }

    private static Pattern pattern(List<String> wanted) {
        StringBuilder lines = new StringBuilder("(?m)^");
        for (String line : wanted) {
            if (line.equals("…")) {
                lines.append("(?:.*\\n)*?");
            } else {
                lines.append(
                                Arrays.stream(line.split("…", -1))
                                        .map(Pattern::quote)
                                        .collect(Collectors.joining(".*")))
                        .append("\\n");
            }
        }
        return Pattern.compile(lines.toString());
    }
}
