package org.pgkeep.places;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The vendors' files of settings: {@code [section]} and {@code name = value}. */
final class IniFile {
    private IniFile() {}

    /** A section of a file; nothing if the file can't be read or has no such section. */
    static Map<String, String> section(Path file, String name) {
        try {
            return Files.isReadable(file) ? sectionOf(Files.readString(file), name) : Map.of();
        } catch (IOException e) {
            // as if it were not there: then no credentials are found, which is told
            return Map.of();
        }
    }

    /** A section of a text; lines before the first section belong to every one. */
    static Map<String, String> sectionOf(String text, String name) {
        Map<String, String> values = new TreeMap<>();
        boolean wanted = true;
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            if (line.startsWith("[") && line.endsWith("]")) {
                wanted = line.substring(1, line.length() - 1).strip().equals(name);
            } else if (wanted && !line.startsWith("#") && !line.startsWith(";")) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    values.put(
                            line.substring(0, equals).strip(), line.substring(equals + 1).strip());
                }
            }
        }
        return values;
    }
}
