package org.pgkeep.vault.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.ObjectStoreContract;
import org.pgkeep.vault.PutOutcome;

class DirectoryStoreTest extends ObjectStoreContract {
    private static final ObjectName NAME = new ObjectName("packs/ab/abc");

    @TempDir Path folder;
    private Path root;
    private DirectoryStore store;

    @BeforeEach
    void newStore() {
        root = folder.resolve("not/there/yet");
        store = DirectoryStore.make(root, InstantSource.system());
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Test
    void makingAPlaceMakesAFolderForItsOwnerAlone() throws IOException {
        for (Path made : List.of(root, folder.resolve("not"), folder.resolve("not/there"))) {
            assertThat(Files.getPosixFilePermissions(made))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
        assertThat(store.list("")).isEmpty();
        assertThat(store.get(NAME)).isEmpty();
        assertThat(store.location()).isEqualTo(root.toString());
    }

    @Test
    void theNameIsThePathAndNothingIsLeftBeside() throws IOException {
        store.putIfAbsent(NAME, new byte[] {1, 2});
        store.putIfAbsent(NAME, new byte[] {3});
        assertThat(root.resolve("packs/ab/abc")).hasBinaryContent(new byte[] {1, 2});
        try (Stream<Path> temporary = Files.list(root.resolve("tmp"))) {
            assertThat(temporary).isEmpty();
        }
    }

    @Test
    void whatACrashLeftIsSweptAfterAnHourAndNotBefore() throws IOException {
        Instant now = Instant.parse("2026-01-02T12:00:00Z");
        Path temporary = Files.createDirectories(root.resolve("tmp"));
        Path old = Files.write(temporary.resolve("1-2-3"), new byte[1]);
        Path young = Files.write(temporary.resolve("1-2-4"), new byte[1]);
        Files.setLastModifiedTime(old, FileTime.from(now.minus(Duration.ofMinutes(61))));
        Files.setLastModifiedTime(young, FileTime.from(now.minus(Duration.ofMinutes(59))));
        DirectoryStore opened = new DirectoryStore(root, InstantSource.fixed(now));
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(opened.list("")).isEmpty();
        assertThat(opened.folders("")).isEmpty();
    }

    @Test
    void foreignFilesAreNoObjects() throws IOException {
        store.putIfAbsent(NAME, new byte[1]);
        Files.write(root.resolve("lost file"), new byte[1]);
        Files.createDirectories(root.resolve("lost+found/a"));
        Files.write(root.resolve("lost+found/a/b"), new byte[1]);
        Files.createSymbolicLink(root.resolve("packs/link"), root.resolve("packs/ab/abc"));
        assertThat(store.list("")).extracting(object -> object.name()).containsExactly(NAME);
        assertThat(store.folders("")).containsExactly("packs");
    }

    @Test
    void aFolderThatWasRemovedUnderneathIsMadeAnewAtTheSecondTry() throws IOException {
        store.putIfAbsent(NAME, new byte[1]);
        Files.delete(root.resolve("packs/ab/abc"));
        Files.delete(root.resolve("packs/ab"));
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, new byte[1]))
                .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE);
        assertThat(store.putIfAbsent(NAME, new byte[1])).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aFileInTheWayIsToldOf() throws IOException {
        Files.write(root.resolve("packs"), new byte[1]);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, new byte[1]))
                .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE)
                .withMessageContaining(root.toString());
    }

    @Test
    void anInterruptedThreadEndsWithInterruptedAndLeavesNoObject() {
        store.putIfAbsent(new ObjectName("a"), new byte[1]);
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, new byte[1]))
                .matches(failure -> failure.code() == Code.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(store.get(NAME)).isEmpty();
    }

    @Test
    void tellsWhatTheOperatingSystemMeant() {
        String file = root.resolve("packs/ab/abc").toString();
        assertThat(written(new AccessDeniedException(file)).code()).isEqualTo(Code.NOT_WRITABLE);
        assertThat(written(new FileSystemException(file, null, "Read-only file system")).code())
                .isEqualTo(Code.NOT_WRITABLE);
        assertThat(written(new FileSystemException(file, null, "Operation not permitted")).code())
                .isEqualTo(Code.NOT_WRITABLE);
        assertThat(written(new FileSystemException(file, file, "Operation not permitted")))
                .hasMessageContaining("hard links");
        assertThat(written(new IOException("No space left on device")).code())
                .isEqualTo(Code.NO_SPACE);
        assertThat(written(new IOException("Disk quota exceeded")).code()).isEqualTo(Code.NO_SPACE);
        assertThat(written(new IOException("Input/output error")).code())
                .isEqualTo(Code.STORE_UNAVAILABLE);
        assertThat(StoreFailures.reading(root, new IOException("Input/output error")).code())
                .isEqualTo(Code.STORE_UNAVAILABLE);
        assertThat(StoreFailures.reading(root, new AccessDeniedException(file)))
                .hasMessageContaining(root.toString());
    }

    private Failure written(IOException e) {
        return StoreFailures.writing(root, root.resolve("packs/ab/abc"), 10, e);
    }
}
