package org.pgkeep.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The words of one line, and which of them name the command: those that are no option of all
 * commands, without the {@code postgres} that may lead in lines from {@code azdata}.
 *
 * @param all what picocli is to parse
 * @param noun the first word of the command; empty where there is none
 * @param verb the word behind it; empty where there is none
 */
record CommandWords(List<String> all, String noun, String verb) {
    private static final Set<String> OPTIONS_WITH_VALUE = Set.of("-o", "--output", "--home");

    static CommandWords of(List<String> args) {
        List<String> words = new ArrayList<>(args);
        int first = next(words, 0);
        if (first < words.size() && words.get(first).equals("postgres")) {
            words.remove(first);
            first = next(words, first);
        }
        int second = next(words, first + 1);
        return new CommandWords(List.copyOf(words), at(words, first), at(words, second));
    }

    private static int next(List<String> words, int from) {
        int at = from;
        while (at < words.size() && words.get(at).startsWith("-")) {
            at += OPTIONS_WITH_VALUE.contains(words.get(at)) ? 2 : 1;
        }
        return at;
    }

    private static String at(List<String> words, int index) {
        return index < words.size() ? words.get(index) : "";
    }
}
