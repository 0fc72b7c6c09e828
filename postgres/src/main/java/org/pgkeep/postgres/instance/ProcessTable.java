package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The machine's processes, from {@code /proc}. Process ids are used again, so a number alone says
 * nothing: a postmaster is known by its program's name and by its working directory, which is the
 * data directory from before {@code postmaster.pid} is written until its end (postmaster.c).
 *
 * @param proc {@code /proc}, or a likeness of it
 */
record ProcessTable(Path proc) {
    /** This machine's. */
    static final ProcessTable OF_THIS_MACHINE = new ProcessTable(Path.of("/proc"));

    /** Whether the process lives and is the postmaster of this data directory. */
    boolean isPostmasterOf(long pid, Path dataDirectory) {
        List<String> arguments = arguments(pid);
        if (arguments.isEmpty()) {
            return false; // no such process, or a zombie
        }
        Path program = Path.of(arguments.getFirst()).getFileName();
        if (program == null || !isServerProgram(program.toString())) {
            return false;
        }
        try {
            return Files.isSameFile(proc.resolve(pid + "/cwd"), dataDirectory);
        } catch (AccessDeniedException e) {
            // Another user's process. A server that names another directory is not it; for one that
            // names none, believe postmaster.pid: taking a live server for dead would be worse.
            int option = arguments.indexOf("-D");
            return option < 0
                    || option + 1 == arguments.size()
                    || Path.of(arguments.get(option + 1)).equals(dataDirectory);
        } catch (IOException e) {
            return false; // it ended while we looked
        }
    }

    /**
     * Whether any process that can be looked at works in the directory, such as a backend whose
     * postmaster was killed.
     */
    boolean anyWorksIn(Path directory) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : all) {
                if (worksIn(process, directory)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException e) {
            return true; // can't be known
        }
    }

    private static boolean worksIn(Path process, Path directory) {
        try {
            return Files.isSameFile(process.resolve("cwd"), directory);
        } catch (IOException e) {
            return false; // it ended, or is another user's: then not one of the server's user
        }
    }

    private static boolean isServerProgram(String name) {
        return name.equals("postgres") || name.equals("postmaster");
    }

    private List<String> arguments(long pid) {
        try {
            byte[] line = Files.readAllBytes(proc.resolve(pid + "/cmdline"));
            String text = new String(line, StandardCharsets.UTF_8);
            return text.isEmpty() ? List.of() : List.of(text.split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }
}
