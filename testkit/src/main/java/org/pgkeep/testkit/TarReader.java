package org.pgkeep.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Unpacks a tar archive: as much of the format (POSIX ustar, and GNU's long names) as the embedded
 * builds use, because neither {@code tar} nor {@code xz} is on every machine that runs the demo.
 * What it does not know it refuses.
 */
final class TarReader {
    private static final int BLOCK_BYTES = 512;

    private final InputStream tar;
    private final Path folder;

    private TarReader(InputStream tar, Path folder) {
        this.tar = tar;
        this.folder = folder;
    }

    /**
     * Unpacks all of {@code tar} into an existing folder; entries leading out of it are refused.
     */
    static void unpack(InputStream tar, Path folder) throws IOException {
        new TarReader(tar, folder).unpackAll();
    }

    private void unpackAll() throws IOException {
        String longName = "";
        while (true) {
            byte[] header = tar.readNBytes(BLOCK_BYTES);
            if (header.length < BLOCK_BYTES) {
                throw new EOFException("tar archive ends without its end mark");
            }
            String name = longName.isEmpty() ? name(header) : longName;
            if (name.isEmpty()) {
                return;
            }
            longName = "";
            long bytes = octal(header, 124, 12);
            switch (header[156]) {
                case 'L' -> longName = trimmed(content(bytes));
                case '5' -> directory(inside(name));
                case '2' -> Files.createSymbolicLink(fresh(name), Path.of(text(header, 157, 100)));
                case '0', 0 -> file(fresh(name), bytes, (octal(header, 100, 8) & 0111) != 0);
                default ->
                        throw new IOException(
                                "tar entry " + name + " of unknown kind " + header[156]);
            }
        }
    }

    private void file(Path file, long bytes, boolean executable) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (long left = bytes; left > 0; ) {
                int got = tar.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
                if (got == 0) {
                    throw new EOFException("tar archive ends inside " + file.getFileName());
                }
                out.write(buffer, 0, got);
                left -= got;
            }
        }
        skipPadding(bytes);
        Files.setPosixFilePermissions(
                file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    private byte[] content(long bytes) throws IOException {
        byte[] content = tar.readNBytes(Math.toIntExact(bytes));
        skipPadding(bytes);
        return content;
    }

    private void skipPadding(long bytes) throws IOException {
        tar.skipNBytes((BLOCK_BYTES - bytes % BLOCK_BYTES) % BLOCK_BYTES);
    }

    private Path fresh(String name) throws IOException {
        Path path = inside(name);
        Path parent = path.getParent();
        if (parent != null) {
            directory(parent);
        }
        return path;
    }

    /** Makes a folder and those it lies in, for all to read whatever the umask says. */
    private void directory(Path path) throws IOException {
        if (path.equals(folder) || Files.isDirectory(path)) {
            return;
        }
        Path parent = path.getParent();
        if (parent != null) {
            directory(parent);
        }
        Files.createDirectory(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path inside(String name) throws IOException {
        Path path = folder.resolve(name).normalize();
        if (!path.startsWith(folder)) {
            throw new IOException("tar entry leads out of the folder: " + name);
        }
        return path;
    }

    private static String name(byte[] header) {
        String prefix = text(header, 257, 8).equals("ustar") ? text(header, 345, 155) : "";
        String name = text(header, 0, 100);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static long octal(byte[] header, int offset, int length) {
        String digits = text(header, offset, length).strip();
        return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    }

    private static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, UTF_8);
    }

    private static String trimmed(byte[] name) {
        String text = new String(name, US_ASCII);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }
}
