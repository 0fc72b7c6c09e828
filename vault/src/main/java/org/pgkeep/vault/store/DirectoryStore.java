package org.pgkeep.vault.store;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * A vault's objects as files below a directory: the name is the path. Needs a file system with hard
 * links, because only link(2) publishes a complete file under a name without ever replacing one.
 *
 * <p>Safe for any number of threads and processes. The only mutable state is the set of folders
 * known to be durable, a concurrent set.
 */
public final class DirectoryStore implements ObjectStore {
    /** Where files are written before they have a name. */
    private static final String TEMPORARY = "tmp";

    /** A put takes seconds; what lies in tmp/ for longer than this was left by a crash. */
    private static final Duration TEMPORARY_AGE_MAX = Duration.ofHours(1);

    /**
     * Bytes per read(2) and write(2): the JDK keeps a direct buffer of this size per thread, and
     * larger ones would stay for ever.
     */
    private static final int TRANSFER_BYTES = 256 << 10;

    private static final AtomicLong COUNTER = new AtomicLong();

    private static final Set<PosixFilePermission> OWNER_ALONE =
            PosixFilePermissions.fromString("rwx------");

    private final Path root;
    private final Root same;
    private final Set<Path> durableFolders = ConcurrentHashMap.newKeySet();

    /**
     * A store below {@code root}. If that is missing, the store holds nothing and takes nothing:
     * neither opening nor putting makes it, because a path without a folder may be one whose file
     * system is not mounted. Temporary files that a crash left more than an hour ago are removed.
     *
     * @param root the directory
     */
    public DirectoryStore(Path root) {
        this(root, InstantSource.system());
    }

    /** As {@link #DirectoryStore(Path)}, with the clock that tells how old temporary files are. */
    public DirectoryStore(Path root, InstantSource clock) {
        this.root = root.toAbsolutePath().normalize();
        this.same = new Root(this.root);
        sweepTemporaryFiles(clock.instant().minus(TEMPORARY_AGE_MAX));
    }

    /**
     * As {@link #DirectoryStore(Path, InstantSource)}, and makes the folder, with those above it,
     * when it is missing: durably, and for its owner alone.
     *
     * @throws Failure {@code NOT_WRITABLE}, {@code NO_SPACE}, {@code STORE_UNAVAILABLE}
     */
    public static DirectoryStore make(Path root, InstantSource clock) {
        Path absolute = root.toAbsolutePath().normalize();
        try {
            makeWithParents(absolute);
        } catch (IOException e) {
            throw StoreFailures.writing(absolute, absolute, 0, e);
        }
        return new DirectoryStore(absolute, clock);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>the root is recognised: without this, the bytes could go to the empty mount point of a
     *       vault that is not mounted;
     *   <li>the folders are made and fsynced into their parents: empty folders, which mean nothing;
     *   <li>the bytes are written under tmp/ and fsynced: a file that the next opening sweeps;
     *   <li>link(2) gives the file its name, or finds the name taken: the object is there,
     *       complete, but a power failure may still take the name away; nobody was told of it yet;
     *   <li>the folder is fsynced: the name is durable;
     *   <li>the temporary name is removed: without this the sweep does it;
     *   <li>the root is recognised once more: had it been unmounted meanwhile, nobody would be told
     *       that the object is held.
     * </ol>
     *
     * Linking before the bytes are fsynced would let a power failure leave a name over zeros.
     */
    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return putIfAbsent(name, content, content.length);
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] buffer, int length) {
        Path target = path(name);
        Path folder = parent(target);
        Path temporary = root.resolve(TEMPORARY).resolve(temporaryName());
        try {
            recogniseRoot();
            makeDurable(folder);
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                // Whoever stored it may not have come to step 5 yet.
                syncFolder(folder);
                recogniseRoot();
                return PutOutcome.EXISTS;
            }
            makeDurable(parent(temporary));
            PutOutcome outcome;
            try {
                write(temporary, buffer, length);
                outcome = link(temporary, target, folder);
            } finally {
                Files.deleteIfExists(temporary);
            }
            recogniseRoot();
            same.learn();
            return outcome;
        } catch (IOException | UnsupportedOperationException e) {
            durableFolders.clear();
            throw StoreFailures.writing(root, target, length, e);
        }
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return range(name, 0, Integer.MAX_VALUE - 8);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("no range: " + offset + " + " + length);
        }
        Path file = path(name);
        try (FileChannel channel = FileChannel.open(file, READ)) {
            long there = Math.min(length, Math.max(0, channel.size() - offset));
            byte[] bytes = new byte[(int) there];
            int done = 0;
            while (done < bytes.length) {
                int piece = Math.min(TRANSFER_BYTES, bytes.length - done);
                int read = channel.read(ByteBuffer.wrap(bytes, done, piece), offset + done);
                if (read < 0) {
                    return Optional.of(Arrays.copyOf(bytes, done));
                }
                done += read;
            }
            return Optional.of(bytes);
        } catch (NoSuchFileException e) {
            boolean _ = same.isThere();
            return Optional.empty();
        } catch (IOException e) {
            throw StoreFailures.reading(file, e);
        }
    }

    @Override
    public List<StoredObject> list(String prefix) {
        List<StoredObject> found = new ArrayList<>();
        int slash = prefix.lastIndexOf('/');
        Path start = slash < 0 ? root : path(new ObjectName(prefix.substring(0, slash)));
        try {
            Files.walkFileTree(start, new Lister(prefix, found));
        } catch (NoSuchFileException e) {
            found.clear();
        } catch (IOException e) {
            throw StoreFailures.reading(start, e);
        }
        // a listing that is short because the vault is gone would let things be taken for lost
        boolean _ = same.isThere();
        found.sort((a, b) -> a.name().compareTo(b.name()));
        return List.copyOf(found);
    }

    @Override
    public List<String> folders(String prefix) {
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("not a folder: " + prefix);
        }
        Path start =
                prefix.isEmpty()
                        ? root
                        : path(new ObjectName(prefix.substring(0, prefix.length() - 1)));
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(start)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (ObjectName.isValid(prefix + name)
                        && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                        && holdsAnObject(entry)) {
                    found.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            found.clear();
        } catch (DirectoryIteratorException e) {
            throw StoreFailures.reading(start, e);
        } catch (IOException e) {
            throw StoreFailures.reading(start, e);
        }
        boolean _ = same.isThere();
        found.sort(null);
        return List.copyOf(found);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The folder is not fsynced: a crash may bring a removed object back, which whoever removes
     * things must bear with anyway.
     */
    @Override
    public void delete(ObjectName name) {
        Path file = path(name);
        if (!same.isThere()) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StoreFailures.writing(root, file, 0, e);
        }
    }

    @Override
    public String location() {
        return root.toString();
    }

    private Path path(ObjectName name) {
        return root.resolve(name.text());
    }

    private static Path parent(Path below) {
        Path parent = below.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("the file system's root is no place for objects");
        }
        return parent;
    }

    private static String temporaryName() {
        // Unique among the processes of this machine by the process id. Machines that share the
        // directory could meet in a name, and would then fail at CREATE_NEW, not overwrite.
        return ProcessHandle.current().pid()
                + "-"
                + Long.toHexString(System.nanoTime())
                + "-"
                + COUNTER.getAndIncrement();
    }

    private static void write(Path file, byte[] buffer, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE)) {
            int done = 0;
            while (done < length) {
                int piece = Math.min(TRANSFER_BYTES, length - done);
                done += channel.write(ByteBuffer.wrap(buffer, done, piece));
            }
            channel.force(true);
        }
    }

    private static PutOutcome link(Path temporary, Path target, Path folder) throws IOException {
        PutOutcome outcome;
        try {
            Files.createLink(target, temporary);
            outcome = PutOutcome.CREATED;
        } catch (FileAlreadyExistsException e) {
            outcome = PutOutcome.EXISTS;
        }
        syncFolder(folder);
        return outcome;
    }

    /** Sees that the root is the one that was opened. */
    private void recogniseRoot() {
        try {
            if (same.check()) {
                durableFolders.clear();
            }
        } catch (Failure gone) {
            durableFolders.clear();
            throw gone;
        }
    }

    /**
     * Makes the folder and those above it, the root excepted, and fsyncs each into its parent. A
     * folder that was there already is fsynced too when it is first met: who made it may have
     * crashed before doing so.
     */
    private void makeDurable(Path folder) throws IOException {
        if (folder.equals(root) || durableFolders.contains(folder)) {
            return;
        }
        Path above = parent(folder);
        makeDurable(above);
        make(folder);
        syncFolder(above);
        durableFolders.add(folder);
    }

    private static void makeWithParents(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path above = parent(folder);
        makeWithParents(above);
        make(folder, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        syncFolder(above);
    }

    private static void make(Path folder, FileAttribute<?>... attributes) throws IOException {
        try {
            Files.createDirectory(folder, attributes);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, READ)) {
            channel.force(true);
        }
    }

    /** Sweeping is a courtesy: what can't be removed is left, and nothing depends on it. */
    private void sweepTemporaryFiles(Instant olderThan) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(TEMPORARY))) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(olderThan)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // A place that does not exist yet, or that may only be read: the first put will tell.
            return;
        }
    }

    private static boolean holdsAnObject(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)
                        || (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                                && holdsAnObject(entry))) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Collects what is an object; passes over foreign names and over what vanishes meanwhile. */
    private final class Lister extends SimpleFileVisitor<Path> {
        private final String prefix;
        private final List<StoredObject> found;

        Lister(String prefix, List<StoredObject> found) {
            this.prefix = prefix;
            this.found = found;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = root.relativize(folder).toString();
            boolean wanted =
                    name.isEmpty()
                            || (ObjectName.isValid(name)
                                    && (prefix.startsWith(name) || name.startsWith(prefix)));
            return wanted ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = root.relativize(file).toString();
            if (attributes.isRegularFile() && name.startsWith(prefix) && ObjectName.isValid(name)) {
                found.add(new StoredObject(new ObjectName(name), attributes.size()));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }
}
