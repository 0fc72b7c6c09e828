package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * The folder for the servers' Unix sockets: {@code <home>/run} where the paths stay short enough
 * for the kernel, otherwise a folder below the temporary one whose name follows from the home.
 */
public final class SocketDirectory {
    /** What {@code sun_path} holds besides its closing zero (unix(7)). */
    private static final int PATH_BYTES_MAX = 107;

    private static final String LONGEST_NAME = ".s.PGSQL.65535.lock";

    private SocketDirectory() {}

    /** Where the folder is or has to be. */
    public static Path of(Home home, Path temporary) {
        Path inside = home.root().resolve("run");
        int bytes = inside.resolve(LONGEST_NAME).toString().getBytes(StandardCharsets.UTF_8).length;
        return bytes <= PATH_BYTES_MAX
                ? inside
                : temporary.resolve("pgkeep-" + digest(home.root().toString()));
    }

    /**
     * Makes the folder, owned by the servers' user. One that stands there already, in a place where
     * everybody may write, is taken only when it is a real folder of that user or ours.
     *
     * @param user who runs the servers
     * @param self who runs the service
     * @throws Failure {@code FOREIGN_DIRECTORY}, {@code NOT_WRITABLE}
     */
    public static Path prepare(Home home, Path temporary, String user, String self) {
        Path folder = of(home, temporary);
        try {
            UserPrincipal owner =
                    folder.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName(user);
            if (Home.isThere(folder)) {
                checkOurs(folder, owner, self);
            } else {
                Files.createDirectory(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
            }
            Home.permit(folder, "rwxr-xr-x");
            if (!Files.getOwner(folder).equals(owner)) {
                Files.setOwner(folder, owner);
            }
            return folder;
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't make " + folder + " for the servers' sockets: " + e,
                    "check the permissions of the folder above it",
                    e);
        }
    }

    private static void checkOurs(Path folder, UserPrincipal owner, String self)
            throws IOException {
        UserPrincipal found = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
        boolean ours =
                Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                        && (found.equals(owner) || found.getName().equals(self));
        if (!ours) {
            throw new Failure(
                    Code.FOREIGN_DIRECTORY,
                    folder + " belongs to " + found.getName() + " and is not pgkeep's",
                    "look at what it is and remove it, or use another home with a shorter path");
        }
    }

    private static String digest(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
