package org.pgkeep.vault.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * The folder a store was opened on, recognised again before anything is believed to be in it. When
 * its file system is unmounted, what is left under the path is the empty mount point: a store that
 * went on there would call things held that the vault has never seen.
 *
 * <p>A folder is the same if device and inode are, and it has not lost its vault's documents (file
 * systems in memory get the numbers of others that are gone). A file system that comes back may
 * have another device number, so a folder is the same, too, if it holds the same vault document. A
 * folder that was missing at the opening is taken when it appears with a vault in it, never
 * without.
 *
 * <p>The mutable state, what is known of the folder, is one reference; two threads that learn at
 * once learn the same.
 */
final class Root {
    /** Where a vault's own documents are; the first of them never changes. */
    private static final String WITNESSES = "vault";

    private final Path path;
    private volatile Known known;

    /**
     * What is known of the folder.
     *
     * @param key device and inode; empty if the folder has never been there
     * @param witness the bytes of the first vault document; empty if there is none yet
     */
    private record Known(Optional<Object> key, Optional<byte[]> witness) {}

    Root(Path path) {
        this.path = path;
        this.known = new Known(look(), witness());
    }

    Path path() {
        return path;
    }

    /**
     * Whether the folder has been there since the opening; if not, no object was ever seen in it.
     *
     * @throws Failure {@code STORE_UNAVAILABLE} if it was there, and is not any more
     */
    boolean isThere() {
        if (known.key().isEmpty() && look().isEmpty()) {
            return false;
        }
        check();
        return true;
    }

    /**
     * Sees that the folder is there, and the same as ever.
     *
     * @return whether it is another mount of the same vault: what was known of its folders holds no
     *     more
     * @throws Failure {@code STORE_UNAVAILABLE} if not
     */
    boolean check() {
        Known before = known;
        Optional<Object> now = look();
        if (now.isEmpty()) {
            throw unavailable("there is no folder " + path, null);
        }
        boolean emptied =
                before.witness().isPresent() && !Files.isDirectory(path.resolve(WITNESSES));
        if (now.equals(before.key()) && !emptied) {
            return false;
        }
        Optional<byte[]> witness = witness();
        boolean same =
                witness.isPresent()
                        && (before.key().isEmpty()
                                || (before.witness().isPresent()
                                        && Arrays.equals(witness.get(), before.witness().get())));
        if (!same) {
            throw unavailable(path + " is not the folder that was opened", null);
        }
        known = new Known(now, witness);
        return true;
    }

    /** A vault document may have been written just now. */
    void learn() {
        if (known.witness().isEmpty()) {
            known = new Known(known.key(), witness());
        }
    }

    private Optional<Object> look() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isDirectory()
                    ? Optional.ofNullable(attributes.fileKey())
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unavailable("can't look at " + path + ": " + e.getMessage(), e);
        }
    }

    private Optional<byte[]> witness() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path.resolve(WITNESSES))) {
            Path first = null;
            for (Path file : files) {
                if (first == null || file.compareTo(first) < 0) {
                    first = file;
                }
            }
            return first == null ? Optional.empty() : Optional.of(Files.readAllBytes(first));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException e) {
            // what can't be read can't be recognised; who reads or writes is told why
            return Optional.empty();
        }
    }

    private Failure unavailable(String message, @Nullable Throwable cause) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                message,
                "mount the file system that the vault is on, or bring the folder back; it is found"
                        + " again by itself",
                cause);
    }
}
