package org.pgkeep.tidy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.tidy.House.Text;

/** Rules about the documents. Each returns its complaints; none means all is well. */
final class DocumentRules {
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```[ \\t]*$");
    private static final Pattern CODE = Pattern.compile("`[^`\\n]*`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*)$");
    private static final Pattern DECISION =
            Pattern.compile("docs/decisions/(\\d{4})-[a-z0-9-]+\\.md");

    private static final List<String> DECISION_PARTS =
            List.of("Status", "Context", "Decision", "Consequences", "Measurement");

    private DocumentRules() {}

    /** Relative links lead somewhere, and so do the places inside a document that they name. */
    static List<String> deadLinks(List<Text> texts) {
        Map<String, Text> byPath = new HashMap<>();
        Set<String> folders = new HashSet<>();
        for (Text text : texts) {
            byPath.put(text.path(), text);
            for (String at = text.folder(); !at.isEmpty(); at = parent(at)) {
                folders.add(at);
            }
        }
        List<String> complaints = new ArrayList<>();
        for (Text text : texts) {
            if (!text.path().endsWith(".md")) {
                continue;
            }
            Matcher link = LINK.matcher(withoutCode(text.content()));
            while (link.find()) {
                String target = link.group(1);
                if (!target.contains("://") && !target.startsWith("mailto:")) {
                    check(text, target, byPath, folders, complaints);
                }
            }
        }
        return complaints;
    }

    private static void check(
            Text from,
            String target,
            Map<String, Text> byPath,
            Set<String> folders,
            List<String> complaints) {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        String path = file.isEmpty() ? from.path() : resolve(from.folder(), file);
        Text there = byPath.get(path);
        if (there == null) {
            if (!folders.contains(path)) {
                complaints.add(from.path() + " links to " + target + ", which is not there");
            }
        } else if (hash >= 0 && !anchors(there).contains(target.substring(hash + 1))) {
            complaints.add(
                    from.path() + " links to " + target + ": " + path + " has no such heading");
        }
    }

    private static String resolve(String folder, String relative) {
        String at = folder;
        for (String part : relative.split("/", -1)) {
            if (part.equals("..")) {
                at = parent(at);
            } else if (!part.equals(".") && !part.isEmpty()) {
                at = at.isEmpty() ? part : at + "/" + part;
            }
        }
        return at;
    }

    private static String parent(String folder) {
        int slash = folder.lastIndexOf('/');
        return slash < 0 ? "" : folder.substring(0, slash);
    }

    private static String withoutCode(String markdown) {
        return CODE.matcher(FENCE.matcher(markdown).replaceAll("")).replaceAll("code");
    }

    /** As the usual renderers make them of headings. */
    private static Set<String> anchors(Text text) {
        Set<String> anchors = new HashSet<>();
        Matcher heading = HEADING.matcher(FENCE.matcher(text.content()).replaceAll(""));
        while (heading.find()) {
            anchors.add(
                    heading.group(1)
                            .strip()
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N} _-]", "")
                            .replace(' ', '-'));
        }
        return anchors;
    }

    /** Decision pages are numbered without a gap, and each has all its parts. */
    static List<String> decisions(List<Text> texts) {
        List<String> complaints = new ArrayList<>();
        List<Text> pages =
                texts.stream().filter(text -> text.path().startsWith("docs/decisions/")).toList();
        Set<Integer> numbers = new HashSet<>();
        for (Text page : pages) {
            Matcher name = DECISION.matcher(page.path());
            if (!name.matches()) {
                complaints.add(page.path() + ": name it docs/decisions/NNNN-in-a-few-words.md");
                continue;
            }
            if (!numbers.add(Integer.parseInt(name.group(1)))) {
                complaints.add(page.path() + ": its number is taken, use the next free one");
            }
            for (String part : DECISION_PARTS) {
                if (!anchors(page).contains(part.toLowerCase(Locale.ROOT))) {
                    complaints.add(page.path() + " has no heading \"" + part + "\"");
                }
            }
        }
        for (int i = 1; i <= numbers.size(); i++) {
            if (!numbers.contains(i)) {
                complaints.add("docs/decisions has no page " + i + ": number them without a gap");
            }
        }
        return complaints;
    }
}
