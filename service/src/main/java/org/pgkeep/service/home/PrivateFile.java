package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Makes files that only the service's own user may read, before anybody writes into them. */
public final class PrivateFile {
    private PrivateFile() {}

    /**
     * Makes an empty file where there is none.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    public static void make(Path file) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't write " + file + ": " + e,
                    "check the owner and permissions of the home",
                    e);
        }
    }
}
