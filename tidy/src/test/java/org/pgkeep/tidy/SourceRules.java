package org.pgkeep.tidy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgkeep.tidy.House.Text;

/** Rules about the texts of the repository. Each returns its complaints; none means all is well. */
final class SourceRules {
    /** A file has up to about 500 lines; with more than this it is more than one thing. */
    static final int FILE_LINES_MAX = 550;

    /** About 15 types of a package can be kept in mind; the doors' signs don't count. */
    static final int PACKAGE_TYPES_MAX = 18;

    private static final Pattern SIGN = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);
    private static final Pattern MAIN = Pattern.compile("([^/]+)/src/main/java/(.*)");

    private static final Set<String> EMPTY_WORDS =
            Set.of("util", "utils", "common", "impl", "manager", "managers", "helper", "helpers");

    private static final Pattern EMPTY_TYPE =
            Pattern.compile(".*(Utils?|Helpers?|Managers?|Impl)\\.java");

    private static final Pattern DISABLED = Pattern.compile("@Dis" + "abled\\b(?!\\s*\\(\\s*\")");
    private static final Pattern CONDITION =
            Pattern.compile("@(?:Enabled|Disabled)(?:If|On|For)\\w*\\(([^)]*)\\)");
    private static final Pattern ASSUMPTION =
            Pattern.compile("\\b(?:assumeTrue|assumeFalse|assumingThat)\\(");

    /** Places that only one machine has, and hosts that only one network has. */
    private static final Map<Pattern, String> MACHINES =
            Map.of(
                    Pattern.compile("(?<![\\w.])/(work|Users)/"),
                    "names a path of one machine: take it from an option, a variable or a temporary"
                            + " folder",
                    Pattern.compile(
                            "(?i)https?://[^\\s\"'<>)]*(repo1?\\.|registry|artifactory|nexus|mirror"
                                    + "|jfrog)"),
                    "names a registry: where packages come from is the machine's business (Maven's"
                            + " settings)",
                    Pattern.compile(
                            "\\b(repo1?\\.maven\\.|registry\\.npmjs|pypi\\.org|(deb|security)"
                                    + "\\.debian\\.org)"),
                    "names a registry: where packages come from is the machine's business (Maven's"
                            + " settings)",
                    Pattern.compile("<(repositories|pluginRepositories|mirrors)>"),
                    "names a registry: where packages come from is the machine's business (Maven's"
                            + " settings)");

    private SourceRules() {}

    /** Every package of the product has a sign on its door that says what lives there. */
    static List<String> signs(List<Text> texts) {
        List<String> complaints = new ArrayList<>();
        Map<String, List<Text>> folders = mainFolders(texts);
        folders.forEach((folder, files) -> {
            String sign =
                    files.stream()
                            .filter(file -> file.name().equals("package-info.java"))
                            .map(file -> flat(file.content()))
                            .findFirst()
                            .orElse("");
            // the outermost package of a room holds its nouns: those lead nowhere by themselves
            boolean nouns = folder.matches(".*/org/pgkeep/[a-z]+");
            boolean complete =
                    sign.contains("Lives here:")
                            && (nouns
                                    || sign.contains("The one path")
                                    || sign.contains("The way in"))
                            && sign.contains("ust never touch:");
            if (!complete) {
                complaints.add(
                        folder
                                + " has no complete sign: write package-info.java with a Javadoc"
                                + " that says \"Lives here:\", \"The one path\" and \"Must never"
                                + " touch:\"");
            }
        });
        return complaints;
    }

    private static String flat(String content) {
        Matcher comment = SIGN.matcher(content);
        return comment.find() ? comment.group(1).replaceAll("\\s*\\n\\s*\\*?\\s*", " ") : "";
    }

    /** A module's classes stand in the package of its name, and names say something. */
    static List<String> names(List<Text> texts) {
        List<String> complaints = new ArrayList<>();
        mainFolders(texts)
                .forEach((folder, files) -> {
                    Matcher main = MAIN.matcher(folder);
                    if (main.matches()
                            && !Rooms.isWithin(
                                    main.group(2).replace('/', '.'),
                                    Rooms.HOUSE + "." + main.group(1))) {
                        complaints.add(
                                folder
                                        + ": classes of module "
                                        + main.group(1)
                                        + " belong into the package "
                                        + Rooms.HOUSE
                                        + "."
                                        + main.group(1)
                                        + " or below it");
                    }
                    for (String part : folder.split("/", -1)) {
                        if (EMPTY_WORDS.contains(part)) {
                            complaints.add(
                                    folder
                                            + ": \""
                                            + part
                                            + "\" says nothing; name the package after what"
                                            + " lives there");
                        }
                    }
                    for (Text file : files) {
                        if (EMPTY_TYPE.matcher(file.name()).matches()) {
                            complaints.add(
                                    file.path()
                                            + ": name the type after what it is or does, not after its"
                                            + " rank");
                        }
                    }
                });
        return complaints;
    }

    /**
     * Files and packages stay small.
     *
     * @param exceptions path to reason; one that is not needed any more is a complaint, too
     */
    static List<String> sizes(List<Text> texts, Map<String, String> exceptions) {
        List<String> complaints = new ArrayList<>();
        Set<String> used = new java.util.HashSet<>();
        for (Text file : texts) {
            if (file.isJava() && file.lines() > FILE_LINES_MAX && used.add(file.path())) {
                complaints.add(
                        file.path()
                                + " has "
                                + file.lines()
                                + " lines, more than "
                                + FILE_LINES_MAX
                                + ": move the work of one step into a type of its own");
            }
        }
        mainFolders(texts)
                .forEach((folder, files) -> {
                    long types =
                            files.stream()
                                    .filter(file -> !file.name().equals("package-info.java"))
                                    .count();
                    if (types > PACKAGE_TYPES_MAX && used.add(folder)) {
                        complaints.add(
                                folder
                                        + " has "
                                        + types
                                        + " types, more than "
                                        + PACKAGE_TYPES_MAX
                                        + ": a group of them that works together deserves a door of its own");
                    }
                });
        complaints.removeIf(each -> exceptions.containsKey(each.substring(0, each.indexOf(' '))));
        exceptions.keySet().stream()
                .filter(each -> !used.contains(each))
                .forEach(each ->
                        complaints.add(each + " is small enough now: remove its exception"));
        return complaints;
    }

    /** What is not tested says why. */
    static List<String> silentSkips(List<Text> texts) {
        List<String> complaints = new ArrayList<>();
        for (Text file : texts) {
            if (!file.isJava() || file.isMain()) {
                continue;
            }
            String content = file.content();
            boolean silent = DISABLED.matcher(content).find();
            Matcher condition = CONDITION.matcher(content);
            while (condition.find()) {
                silent |= !condition.group(1).contains("disabledReason");
            }
            Matcher assumption = ASSUMPTION.matcher(content);
            while (assumption.find()) {
                silent |= !hasSecondArgument(content, assumption.end());
            }
            if (silent) {
                complaints.add(
                        file.path()
                                + " skips a test without a word: give the annotation or"
                                + " the assumption a sentence that says what is missing");
            }
        }
        return complaints;
    }

    private static boolean hasSecondArgument(String content, int from) {
        int depth = 1;
        for (int i = from; i < content.length(); i++) {
            char c = content.charAt(i);
            if (c == '(' || c == '{') {
                depth++;
            } else if (c == ')' || c == '}') {
                depth--;
                if (depth == 0) {
                    return false;
                }
            } else if (c == ',' && depth == 1) {
                return true;
            }
        }
        return false;
    }

    /** The repository is at home on every machine. */
    static List<String> machines(List<Text> texts) {
        List<String> complaints = new ArrayList<>();
        for (Text file : texts) {
            MACHINES.forEach((pattern, why) -> {
                Matcher found = pattern.matcher(file.content());
                if (found.find()) {
                    complaints.add(file.path() + ": \"" + found.group() + "\" " + why);
                }
            });
        }
        return complaints;
    }

    private static Map<String, List<Text>> mainFolders(List<Text> texts) {
        return texts.stream()
                .filter(file -> file.isJava() && file.isMain())
                .collect(Collectors.groupingBy(Text::folder, TreeMap::new, Collectors.toList()));
    }
}
