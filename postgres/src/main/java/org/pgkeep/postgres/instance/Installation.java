package org.pgkeep.postgres.instance;

import java.nio.file.Files;
import java.nio.file.Path;
import org.pgkeep.postgres.PostgresVersion;

/**
 * PostgreSQL's executables of one version.
 *
 * @param binDirectory where they are: an absolute path, symbolic links resolved
 * @param version what {@code postgres --version} says
 */
public record Installation(Path binDirectory, PostgresVersion version) {
    /** The path of a program, such as {@code initdb}, whether it is there or not. */
    public Path program(String name) {
        return binDirectory.resolve(name);
    }

    /** Whether the program is there and can be run. */
    public boolean has(String name) {
        return Files.isExecutable(program(name));
    }
}
