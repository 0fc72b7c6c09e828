package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.files.RelationPart.Fork;

class DataDirectoryTest {
    private static final int CATALOG = 202_209_061;
    private static final String VERSION_FOLDER = "PG_15_" + CATALOG;

    @TempDir Path temporary;
    private Path root = Path.of("");

    @BeforeEach
    void makeTheSmallestDirectory() throws IOException {
        root = Files.createDirectory(temporary.resolve("data"));
        file("PG_VERSION", "15\n");
        file("global/pg_control", "");
        Files.write(root.resolve("global/pg_control"), controlFile());
        folder("pg_tblspc");
        folder("pg_wal");
        folder("base/5");
    }

    private static byte[] controlFile() {
        ByteBuffer control = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        control.putInt(8, 1300).putInt(12, CATALOG).putInt(48, 1).putInt(52, 1);
        CRC32C crc = new CRC32C();
        crc.update(control.array(), 0, 288);
        return control.putInt(288, (int) crc.getValue()).array();
    }

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void folder(String path) throws IOException {
        Files.createDirectories(root.resolve(path));
    }

    private List<String> paths() {
        return DataDirectory.list(root).stream().map(DataFile::path).toList();
    }

    private DataFile only(String path) {
        return DataDirectory.list(root).stream()
                .filter(each -> each.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private void expectFailure(Code code) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> DataDirectory.list(root))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(code));
    }

    @Test
    void listsParentsFirstInTheOrderOfNames() {
        assertThat(paths())
                .containsExactly(
                        "",
                        "PG_VERSION",
                        "base",
                        "base/5",
                        "global",
                        "global/pg_control",
                        "pg_tblspc",
                        "pg_wal",
                        "pg_wal/archive_status");
    }

    @Test
    void keepsModesTimesAndSizes() throws IOException {
        file("base/5/16384", "0123456789");
        Path file = root.resolve("base/5/16384");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Files.setLastModifiedTime(
                file, java.nio.file.attribute.FileTime.fromMillis(1_700_000_000_123L));
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-x---"));
        RelationPart part = new RelationPart(new RelationFile(1663, 5, 16384), Fork.MAIN, 0);
        assertThat(only("base/5/16384"))
                .isEqualTo(
                        new DataFile.RegularFile(
                                "base/5/16384",
                                0640,
                                1_700_000_000_123L,
                                10,
                                new DataFile.Relation(part)));
        assertThat(((DataFile.Directory) only("")).mode()).isEqualTo(0750);
    }

    @Test
    void tellsWhatEachFileIs() throws IOException {
        file("base/5/16384_vm.3", "");
        file("base/5/PG_VERSION", "15");
        file("global/1262", "");
        assertThat(only("base/5/16384_vm.3"))
                .isInstanceOfSatisfying(
                        DataFile.RegularFile.class,
                        found ->
                                assertThat(found.relation())
                                        .contains(
                                                new RelationPart(
                                                        new RelationFile(1663, 5, 16384),
                                                        Fork.VISIBILITY_MAP,
                                                        3)));
        assertThat(((DataFile.RegularFile) only("global/1262")).relation().orElseThrow().relation())
                .isEqualTo(new RelationFile(1664, 0, 1262));
        assertThat(((DataFile.RegularFile) only("base/5/PG_VERSION")).role())
                .isEqualTo(new DataFile.Other());
        assertThat(((DataFile.RegularFile) only("global/pg_control")).role())
                .isEqualTo(new DataFile.Control());
    }

    @Test
    void takesOnlyTheInitForkOfAnUnloggedRelation() throws IOException {
        for (String name : List.of("7", "7.1", "7_fsm", "7_vm", "7_init", "70", "70_fsm")) {
            file("base/5/" + name, "");
        }
        assertThat(paths())
                .contains("base/5/7_init", "base/5/70", "base/5/70_fsm")
                .doesNotContain("base/5/7", "base/5/7.1", "base/5/7_fsm", "base/5/7_vm");
    }

    @Test
    void leavesOutWhatAStartClears() throws IOException {
        List<String> out =
                List.of(
                        "postmaster.pid",
                        "postmaster.opts",
                        "backup_label",
                        "tablespace_map",
                        "backup_manifest",
                        "postgresql.auto.conf.tmp",
                        "current_logfiles.tmp",
                        "pg_internal.init",
                        "global/pg_internal.init",
                        "base/5/pg_internal.init.123",
                        "base/5/t3_16390",
                        "base/5/t3_16390_fsm",
                        "base/pgsql_tmp/pgsql_tmp123.0",
                        "pg_wal/000000010000000000000001",
                        "pg_wal/archive_status/000000010000000000000001.done",
                        "pg_replslot/pgkeep/state",
                        "pg_dynshmem/mmap.1",
                        "pg_notify/0000",
                        "pg_serial/0000",
                        "pg_snapshots/1",
                        "pg_stat_tmp/global.stat",
                        "pg_subtrans/0000");
        for (String path : out) {
            file(path, "x");
        }
        file("backup_label.old", "x");
        file("pg_xact/0000", "x");
        file("pg_multixact/members/0000", "x");
        assertThat(paths())
                .doesNotContainAnyElementsOf(out)
                .doesNotContain("base/pgsql_tmp")
                .contains("pg_replslot", "pg_dynshmem", "pg_notify", "pg_subtrans", "pg_stat_tmp")
                .contains("backup_label.old", "pg_xact/0000", "pg_multixact/members/0000");
    }

    @Test
    void takesForeignFoldersAsTheyAre() throws IOException {
        file("my notes/ü/pgsql_tmp1/postmaster.pid", "x");
        file("my notes/pg_notify/0000", "x");
        folder("my notes/empty");
        Files.createSymbolicLink(root.resolve("my notes/away"), Path.of("/no/such place"));
        Files.createSymbolicLink(root.resolve("conf"), Path.of("../etc"));
        assertThat(paths())
                .contains(
                        "my notes/ü/pgsql_tmp1/postmaster.pid",
                        "my notes/pg_notify/0000",
                        "my notes/empty");
        assertThat(only("my notes/away"))
                .isEqualTo(new DataFile.SymbolicLink("my notes/away", "/no/such place"));
        assertThat(only("conf")).isEqualTo(new DataFile.SymbolicLink("conf", "../etc"));
    }

    @Test
    void followsLinksThatStandForPostgresOwnFolders() throws IOException {
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.createDirectories(elsewhere.resolve("wal/archive_status"));
        Files.writeString(elsewhere.resolve("wal/000000010000000000000001"), "x");
        Files.createDirectories(elsewhere.resolve("db"));
        Files.writeString(elsewhere.resolve("db/16384"), "x");
        Files.delete(root.resolve("pg_wal"));
        Files.createSymbolicLink(root.resolve("pg_wal"), elsewhere.resolve("wal"));
        Files.createSymbolicLink(root.resolve("base/7"), elsewhere.resolve("db"));
        assertThat(only("pg_wal")).isInstanceOf(DataFile.Directory.class);
        assertThat(only("base/7")).isInstanceOf(DataFile.Directory.class);
        assertThat(only("base/7/16384")).isInstanceOf(DataFile.RegularFile.class);
        assertThat(paths())
                .contains("pg_wal/archive_status")
                .noneMatch(each -> each.contains("0001"));
    }

    @Test
    void takesATablespacesLinkAndItsFolderOfThisVersion() throws IOException {
        Path space = Files.createDirectories(temporary.resolve("space"));
        Files.createDirectories(space.resolve(VERSION_FOLDER + "/5"));
        Files.createDirectories(space.resolve(VERSION_FOLDER + "/pgsql_tmp"));
        Files.createDirectories(space.resolve("PG_14_202107181/5"));
        Files.writeString(space.resolve(VERSION_FOLDER + "/5/16999.1"), "x");
        Files.createSymbolicLink(root.resolve("pg_tblspc/16500"), space);
        String below = "pg_tblspc/16500/" + VERSION_FOLDER;
        assertThat(paths())
                .containsSubsequence("pg_tblspc/16500", below, below + "/5", below + "/5/16999.1")
                .noneMatch(each -> each.contains("PG_14") || each.contains("pgsql_tmp"));
        assertThat(only("pg_tblspc/16500"))
                .isEqualTo(new DataFile.SymbolicLink("pg_tblspc/16500", space.toString()));
        assertThat(((DataFile.RegularFile) only(below + "/5/16999.1")).relation())
                .contains(new RelationPart(new RelationFile(16500, 5, 16999), Fork.MAIN, 1));
    }

    @Test
    void takesATablespaceInsideTheDirectoryOnce() throws IOException {
        file("spaces/one/" + VERSION_FOLDER + "/5/16999", "x");
        Files.createSymbolicLink(root.resolve("pg_tblspc/16500"), root.resolve("spaces/one"));
        assertThat(paths())
                .contains("spaces/one", "pg_tblspc/16500/" + VERSION_FOLDER + "/5/16999")
                .doesNotContain("spaces/one/" + VERSION_FOLDER);
    }

    @Test
    void takesATablespaceMadeInPlace() throws IOException {
        file("pg_tblspc/16500/" + VERSION_FOLDER + "/5/16999", "x");
        assertThat(only("pg_tblspc/16500")).isInstanceOf(DataFile.Directory.class);
        assertThat(paths()).contains("pg_tblspc/16500/" + VERSION_FOLDER + "/5/16999");
    }

    @Test
    void refusesATablespaceThatIsNotMounted() throws IOException {
        Path space = Files.createDirectory(temporary.resolve("space"));
        Files.createSymbolicLink(root.resolve("pg_tblspc/16500"), space);
        expectFailure(Code.DISK);
        Files.delete(space);
        expectFailure(Code.DISK);
    }

    @Test
    void refusesWhatCanNotBeRead() throws IOException {
        Files.createSymbolicLink(root.resolve("base/5/16384"), Path.of("16384"));
        expectFailure(Code.DISK);
    }

    @Test
    void refusesWhatIsNoDataDirectory() throws IOException {
        file("PG_VERSION", "none\n");
        expectFailure(Code.DAMAGED_DATA);
        Files.writeString(root.resolve("global/pg_control"), "too short");
        expectFailure(Code.DAMAGED_DATA);
        Files.delete(root.resolve("global/pg_control"));
        expectFailure(Code.DISK);
    }
}
