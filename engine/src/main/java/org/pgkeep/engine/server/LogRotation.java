package org.pgkeep.engine.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.pgkeep.postgres.instance.OperatingSystemUser;

/**
 * Keeps a server's log from growing for ever. The postmaster holds the file open and appends to it,
 * so what is in it is copied away and the file is emptied; lines written in between, a moment, may
 * be lost. The folder belongs to the server's user: no link in it is followed.
 */
final class LogRotation {
    /** As large as the service's own log. */
    private static final long BYTES_MAX = 16 << 20;

    private static final int OLD_FILES = 3;

    private final Path log;
    private final OperatingSystemUser owner;
    private final long bytesMax;

    LogRotation(Path log, OperatingSystemUser owner) {
        this(log, owner, BYTES_MAX);
    }

    LogRotation(Path log, OperatingSystemUser owner, long bytesMax) {
        this.log = log;
        this.owner = owner;
        this.bytesMax = bytesMax;
    }

    /** Looks at the log, and empties it when it is large: {@code server.log.1} has it then. */
    void look() throws IOException {
        if (!Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS) || Files.size(log) <= bytesMax) {
            return;
        }
        for (int old = OLD_FILES - 1; old >= 1; old--) {
            if (Files.exists(named(old), LinkOption.NOFOLLOW_LINKS)) {
                Files.move(named(old), named(old + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        try (FileChannel from =
                        FileChannel.open(
                                log,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS);
                FileChannel to =
                        FileChannel.open(
                                named(1),
                                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                                PosixFilePermissions.asFileAttribute(
                                        PosixFilePermissions.fromString("rw-------")))) {
            InputStream in = Channels.newInputStream(from);
            OutputStream out = Channels.newOutputStream(to);
            long _ = in.transferTo(out);
            from.truncate(0);
        }
        owner.own(named(1));
    }

    private Path named(int old) {
        return log.resolveSibling(log.getFileName() + "." + old);
    }
}
