package org.pgkeep.tidy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The three paths of ARCHITECTURE.md, held against the classes. */
final class HopLists {
    static final int PATHS = 3;
    static final int HOPS_MAX = 8;

    private static final Pattern PATH_HEADING = Pattern.compile("### The way of .*");
    private static final Pattern HOP =
            Pattern.compile(
                    "\\d+\\. \\[`([\\w.]+)`]\\(([\\w/.-]+)/src/main/java/([\\w/]+)\\.java\\).*");

    private HopLists() {}

    /** The full names of each path's hops, by the path's heading, as the document has them. */
    static Map<String, List<String>> read(String architecture) {
        Map<String, List<String>> paths = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        for (String line : architecture.lines().toList()) {
            if (line.startsWith("#")) {
                current = new ArrayList<>();
                if (PATH_HEADING.matcher(line).matches()) {
                    paths.put(line.substring(4), current);
                }
            }
            Matcher hop = HOP.matcher(line);
            if (hop.matches()) {
                current.add(hop.group(3).replace('/', '.'));
            }
        }
        return paths;
    }

    /** What is wrong with the paths; none means all is well. */
    static List<String> complaints(Map<String, List<String>> paths, JavaClasses classes) {
        List<String> complaints = new ArrayList<>();
        if (paths.size() != PATHS) {
            complaints.add(
                    "ARCHITECTURE.md has "
                            + paths.size()
                            + " headings \"### The way of …\", there are "
                            + PATHS
                            + " paths");
        }
        paths.forEach((path, hops) -> {
            if (hops.size() < 2) {
                complaints.add(
                        path
                                + ": list its hops as \"1. [`Type`](room/src/main/java/…/Type.java)\"");
            }
            if (hops.size() > HOPS_MAX) {
                complaints.add(
                        path
                                + " takes "
                                + hops.size()
                                + " hops, more than "
                                + HOPS_MAX
                                + ": merge two that only hand on");
            }
            List<JavaClass> before = new ArrayList<>();
            for (String hop : hops) {
                Optional<JavaClass> type =
                        classes.stream().filter(each -> each.getFullName().equals(hop)).findFirst();
                if (type.isEmpty()) {
                    complaints.add(path + ": there is no type " + hop + "; tell the way as it is");
                    continue;
                }
                boolean leadsOn =
                        before.isEmpty()
                                || before.stream()
                                        .anyMatch(each -> isConnected(each, type.get(), classes));
                if (!leadsOn) {
                    complaints.add(
                            path
                                    + ": no hop before "
                                    + hop
                                    + " has to do with it; tell the way as it"
                                    + " is");
                }
                before.add(type.get());
            }
        });
        return complaints;
    }

    private static boolean isConnected(JavaClass one, JavaClass other, JavaClasses classes) {
        return uses(one, other, classes) || uses(other, one, classes);
    }

    /** Whether a type or one declared inside it names the other. */
    private static boolean uses(JavaClass one, JavaClass other, JavaClasses classes) {
        return classes.stream()
                .filter(each ->
                        each.equals(one) || each.getFullName().startsWith(one.getFullName() + "$"))
                .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                .anyMatch(dependency -> dependency.getTargetClass().equals(other));
    }
}
