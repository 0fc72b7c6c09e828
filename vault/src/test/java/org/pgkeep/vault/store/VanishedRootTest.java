package org.pgkeep.vault.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PutOutcome;

/** A store whose folder goes, comes back, or is another one all of a sudden. */
class VanishedRootTest {
    private static final ObjectName VAULT = new ObjectName("vault/00000001.json");
    private static final ObjectName NAME = new ObjectName("archives/a/log/1");
    private static final byte[] DOCUMENT = {'{', '}'};

    @TempDir Path folder;
    private Path root;
    private final Deque<Path> mounted = new ArrayDeque<>();

    @BeforeEach
    void nameTheRoot() {
        root = folder.resolve("vault");
    }

    @AfterEach
    void unmountAll() throws Exception {
        while (!mounted.isEmpty()) {
            unmount(mounted.peek());
        }
    }

    @Test
    void anUnmountedVaultIsNeverWrittenOntoItsMountPoint() throws Exception {
        assumeMounting();
        Files.createDirectory(root);
        mount(root);
        DirectoryStore store = vaultIn(root);
        Path disk = folder.resolve("disk");
        Files.createDirectory(disk);
        bind(root, disk);
        unmount(root);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        }
        assertUnavailable(() -> store.get(VAULT));
        assertUnavailable(() -> store.range(VAULT, 0, 1));
        assertUnavailable(() -> store.list(""));
        assertUnavailable(() -> store.folders("archives/"));
        assertUnavailable(() -> store.delete(VAULT));
        assertThat(root).as("the mount point").isEmptyDirectory();
        bind(disk, root);
        assertThat(store.get(VAULT)).hasValue(DOCUMENT);
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void anotherFileSystemInTheVaultsPlaceIsNotTheVault() throws Exception {
        assumeMounting();
        Files.createDirectory(root);
        mount(root);
        DirectoryStore store = vaultIn(root);
        unmount(root);
        // a new one in memory often gets the very numbers of the one that is gone
        mount(root);
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aVaultOnAFileSystemMountedReadOnlyCanBeReadAndSaysSoWhenWrittenTo() throws Exception {
        assumeMounting();
        Files.createDirectory(root);
        mount(root);
        DirectoryStore store = vaultIn(root);
        run("mount", "-o", "remount,ro", root.toString());
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, new byte[1]))
                .matches(failure -> failure.code() == Code.NOT_WRITABLE)
                .withMessageContaining(root.toString());
        assertThat(store.get(VAULT)).hasValue(DOCUMENT);
        run("mount", "-o", "remount,rw", root.toString());
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aFullFileSystemIsToldOfAndTakesTheObjectWhenThereIsRoom() throws Exception {
        assumeMounting();
        Files.createDirectory(root);
        mount(root);
        DirectoryStore store = vaultIn(root);
        Path ballast = Files.write(root.resolve("ballast of no object"), new byte[3 << 20]);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, new byte[2 << 20]))
                .matches(failure -> failure.code() == Code.NO_SPACE);
        assertThat(store.get(NAME)).isEmpty();
        Files.delete(ballast);
        assertThat(store.putIfAbsent(NAME, new byte[2 << 20])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aFolderThatWasMovedAwayIsNotMadeAnewAndIsFoundAgain() throws IOException {
        DirectoryStore store = vaultIn(root);
        Path away = folder.resolve("away");
        Files.move(root, away);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        }
        assertUnavailable(() -> store.get(NAME));
        assertUnavailable(() -> store.list("archives/"));
        assertThat(root).doesNotExist();
        Files.createDirectory(root);
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        assertThat(root).isEmptyDirectory();
        Files.delete(root);
        Files.move(away, root);
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aCopyOfTheVaultInItsPlaceIsTheVault() throws IOException {
        DirectoryStore store = vaultIn(root);
        store.putIfAbsent(NAME, new byte[1]);
        Files.move(root, folder.resolve("away"));
        Files.createDirectories(root.resolve("vault"));
        Files.write(root.resolve("vault/00000001.json"), DOCUMENT);
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
        assertThat(store.get(NAME)).isPresent();
    }

    @Test
    void anotherVaultInItsPlaceIsNot() throws IOException {
        DirectoryStore store = vaultIn(root);
        Files.move(root, folder.resolve("away"));
        Files.createDirectories(root.resolve("vault"));
        Files.write(root.resolve("vault/00000001.json"), new byte[] {'['});
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactly(root.resolve("vault"));
        }
    }

    @Test
    void aFolderThatIsMissingAtTheOpeningHoldsNothingAndTakesNothingUntilAVaultIsThere()
            throws IOException {
        DirectoryStore store = new DirectoryStore(root);
        assertThat(store.list("")).isEmpty();
        assertThat(store.get(NAME)).isEmpty();
        assertThat(store.folders("")).isEmpty();
        store.delete(NAME);
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        assertThat(root).doesNotExist();
        Files.createDirectory(root);
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
        assertThat(root).isEmptyDirectory();
        vaultIn(root);
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aFolderThatCantBeReadIsUnavailableAndNotEmpty() throws IOException {
        DirectoryStore store = vaultIn(root);
        Files.move(root, folder.resolve("away"));
        // a link to itself: no permission has to be taken from anybody, who may be root, for this
        Files.createSymbolicLink(root, root);
        assertUnavailable(() -> store.get(VAULT));
        assertUnavailable(() -> store.list(""));
        assertUnavailable(() -> store.putIfAbsent(NAME, new byte[1]));
    }

    private static DirectoryStore vaultIn(Path root) {
        DirectoryStore store = DirectoryStore.make(root, InstantSource.system());
        store.putIfAbsent(VAULT, DOCUMENT);
        return store;
    }

    private static void assertUnavailable(ThrowingCallable call) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(call)
                .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE)
                .matches(failure -> !failure.hint().isEmpty());
    }

    private void assumeMounting() throws Exception {
        Path probe = Files.createDirectory(folder.resolve("probe"));
        boolean works =
                start(List.of("mount", "-t", "tmpfs", "-o", "size=64k", "none", probe.toString()))
                        == 0;
        if (works) {
            run("umount", probe.toString());
        }
        assumeTrue(works, "this user can't mount file systems: root in a container that may can");
    }

    private void mount(Path at) throws Exception {
        run("mount", "-t", "tmpfs", "-o", "size=4m", "none", at.toString());
        mounted.push(at);
    }

    private void bind(Path from, Path to) throws Exception {
        run("mount", "--bind", from.toString(), to.toString());
        mounted.push(to);
    }

    private void unmount(Path at) throws Exception {
        run("umount", at.toString());
        mounted.remove(at);
    }

    private static void run(String... command) throws Exception {
        assertThat(start(List.of(command))).as(String.join(" ", command)).isZero();
    }

    private static int start(List<String> command) throws Exception {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException noSuchProgram) {
            return -1;
        }
    }
}
