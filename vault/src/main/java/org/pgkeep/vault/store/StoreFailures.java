package org.pgkeep.vault.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** What the operating system's errors mean for a store. */
final class StoreFailures {
    /** EPERM, as link(2) answers on file systems without hard links. */
    private static final String NOT_PERMITTED = "Operation not permitted";

    private StoreFailures() {}

    /** A failed write of so many bytes below the root. */
    static Failure writing(Path root, Path file, long bytes, Exception e) {
        if (e instanceof ClosedByInterruptException) {
            return interrupted(file, e);
        }
        if (e instanceof UnsupportedOperationException || isRefusedLink(e)) {
            return new Failure(
                    Code.STORE_UNAVAILABLE,
                    "the file system of " + root + " makes no hard links",
                    "choose a directory on a file system that does, such as ext4 or xfs",
                    e);
        }
        if (e instanceof AccessDeniedException
                || reason(e).contains(NOT_PERMITTED)
                || isReadOnly(root, e)) {
            return notAllowed(file, "written", e);
        }
        if (isFull(root, bytes, e)) {
            return new Failure(
                    Code.NO_SPACE,
                    "no space is left for " + file,
                    "free some space there, or let backups be kept for a shorter time",
                    e);
        }
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "could not write " + file + ": " + reason(e),
                "check the disk or mount that holds " + root,
                e);
    }

    /** A failed read. */
    static Failure reading(Path file, Exception thrown) {
        // A directory stream wraps what it meets while iterating.
        Exception e =
                thrown instanceof DirectoryIteratorException
                                && thrown.getCause() instanceof IOException cause
                        ? cause
                        : thrown;
        if (e instanceof ClosedByInterruptException) {
            return interrupted(file, e);
        }
        if (e instanceof AccessDeniedException) {
            return notAllowed(file, "read", e);
        }
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "could not read " + file + ": " + reason(e),
                "check the disk or mount that holds it",
                e);
    }

    private static Failure interrupted(Path file, Exception e) {
        return new Failure(
                Code.INTERRUPTED, "the work was cancelled at " + file, "start it again", e);
    }

    private static Failure notAllowed(Path file, String verb, Exception e) {
        return new Failure(
                Code.NOT_WRITABLE,
                file + " can't be " + verb + " by user " + System.getProperty("user.name"),
                "give that user the right to read and write there, or mount it writable",
                e);
    }

    private static boolean isRefusedLink(Exception e) {
        return e instanceof FileSystemException link
                && link.getOtherFile() != null
                && reason(e).contains(NOT_PERMITTED);
    }

    // The JDK passes the C library's text on, which follows the locale: so the file system is asked
    // too.
    private static boolean isReadOnly(Path root, Exception e) {
        return reason(e).contains("Read-only file system") || asksReadOnly(root);
    }

    private static boolean asksReadOnly(Path root) {
        try {
            return Files.getFileStore(existing(root)).isReadOnly();
        } catch (IOException unknown) {
            return false;
        }
    }

    private static boolean isFull(Path root, long bytes, Exception e) {
        if (reason(e).contains("No space left on device")
                || reason(e).contains("Disk quota exceeded")) {
            return true;
        }
        try {
            return Files.getFileStore(existing(root)).getUsableSpace() < bytes;
        } catch (IOException unknown) {
            return false;
        }
    }

    private static Path existing(Path path) {
        Path there = path;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
    }

    private static String reason(Exception e) {
        return String.valueOf(e.getMessage());
    }
}
