package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * The home's own folder for files that nobody needs when the process has ended: native libraries
 * are unpacked there. A killed process leaves them, so a start begins with an empty folder.
 */
public final class TemporaryFiles {
    /** Where sqlite-jdbc and zstd-jni unpack their native libraries, by their own properties. */
    public static final List<String> PROPERTIES = List.of("org.sqlite.tmpdir", "ZstdTempFolder");

    private TemporaryFiles() {}

    /**
     * Empties the folder; to be called while the home is locked.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    public static Path prepare(Home home) {
        Path folder = home.temporary();
        try {
            Files.createDirectories(folder);
            Home.permit(folder, "rwx------");
            try (Stream<Path> left = Files.list(folder)) {
                for (Path file : left.filter(Files::isRegularFile).toList()) {
                    Files.deleteIfExists(file);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't use " + folder + ": " + e,
                    "check the owner and permissions of the home",
                    e);
        }
    }
}
