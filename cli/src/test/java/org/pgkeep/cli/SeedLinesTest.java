package org.pgkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The lines that people have in scripts from azdata: understood word for word, or refused. */
class SeedLinesTest {
    private static final String ID = "6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11";

    private final Path home;
    private final FakeService service;

    SeedLinesTest(@TempDir Path home) {
        this.home = home;
        this.service = new FakeService(home);
    }

    @AfterEach
    void stop() {
        service.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres server restore -n pg1 -ns arc -t '2019-09-06T21:00:10.87966Z' -f ID",
                "postgres server restore -n pg1 -ns arc -t '06 Sep, 2019 21:00' -f ID",
                "postgres server restore -n pg1 -ns arc -t '06 Sep 21:00' -f ID",
                "postgres server restore -n pg1 -ns arc -t '9:00 pm' -f ID",
                "postgres server restore -n pg1 -ns arc -t '1.5h' -f ID",
                "server restore -n pg1 -ns arc -t 2d -f ID",
            })
    void sendsTheMomentOfARestoreAsItWasTyped(String line) {
        service.answer(
                "POST /restores",
                202,
                FakeService.job("restore", "Pending", "\"plan\":" + FakeService.PLAN));
        service.answer("GET /servers/pg1?namespace=arc", FakeService.SERVER);
        Ran ran = Ran.line(line.replace("ID", ID), home);
        assertThat(ran.code()).as(ran.err()).isZero();
        String moment = line.replaceAll(".* -t '?([^']*?)'? -f ID", "$1");
        assertThat(service.lastPost().body().line())
                .isEqualTo(
                        ("{\"name\":\"pg1\",\"namespace\":\"arc\",\"source\":\"%s\","
                                        + "\"target\":{\"time\":\"%s\"},"
                                        + "\"timeZone\":\"Europe/Berlin\"}")
                                .formatted(ID, moment));
    }

    @Test
    void restoresABackupInItsServersPlace() {
        service.answer(
                "POST /restores",
                202,
                FakeService.job("overwrite", "Pending", "\"plan\":" + FakeService.PLAN));
        service.answer("GET /servers/pg1?namespace=default", FakeService.SERVER);
        Ran ran = Ran.line("postgres server restore -n pg1 -ns default -bn test", home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(service.lastPost().body().line())
                .isEqualTo(
                        "{\"name\":\"pg1\",\"namespace\":\"default\","
                                + "\"target\":{\"backup\":\"test\"},"
                                + "\"timeZone\":\"Europe/Berlin\"}");
    }

    @Test
    void takesABackup() {
        service.answer(
                "POST /servers/pg1/backups?namespace=default",
                202,
                FakeService.job("backup", "Pending", ""));
        service.answer(
                "GET /servers/pg1/backups?namespace=default", "[" + FakeService.BACKUP + "]");
        Ran ran = Ran.line("postgres backup take -n pg1 -ns default -bn test", home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(service.lastPost().body().line()).isEqualTo("{\"name\":\"test\"}");
        assertThat(ran.out()).startsWith("ID ").contains("test  48 MB  Succeeded  1");
        assertThat(ran.err()).contains("pgkeep job follow j1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres backup list -n pg1 -ns default",
                "postgres backup list -n pg1 -ns default --tier 1",
                "backup list -n pg1"
            })
    void listsBackups(String line) {
        service.answer(
                "GET /servers/pg1/backups?namespace=default", "[" + FakeService.BACKUP + "]");
        Ran ran = Ran.line(line, home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out().lines().findFirst().orElse("").split(" +"))
                .containsExactly("ID", "Name", "Size", "State", "Tiers", "Timestamp");
    }

    @Test
    void listsServers() {
        service.answer("GET /servers", "[" + FakeService.SERVER + "]");
        Ran ran = Ran.line("postgres server list", home);
        assertThat(ran.out())
                .isEqualTo(
                        """
                        ClusterIP       ExternalIP  MustRestart  Name  Status   ID
                        --------------  ----------  -----------  ----  -------  ------------------------------------
                        127.0.0.1:5433  -           False        pg1   Running  6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11
                        """);
        assertThat(ran.code()).isZero();
    }

    @Test
    void keepsSizingHintsOfACreateInBothSpellings() {
        service.answer("POST /servers", 202, FakeService.job("create", "Pending", ""));
        service.answer("GET /servers/pg1?namespace=arc", FakeService.SERVER);
        for (String line :
                new String[] {
                    "postgres server create -n pg1 -ns arc --dataSizeMb 1024 --serviceType NodePort",
                    "server create -n pg1 -ns arc --data-size-mb 1024 --service-type NodePort"
                }) {
            Ran ran = Ran.line(line, home);
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(service.lastPost().body().line())
                    .isEqualTo(
                            "{\"name\":\"pg1\",\"namespace\":\"arc\",\"options\":"
                                    + "{\"dataSizeMb\":\"1024\",\"serviceType\":\"NodePort\"}}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres server create -n pg1 -ns arc --dataSizeMb 1024 --serviceType NodePort"
                        + " --backupVolumeClaims pvc1,pvc2",
                "postgres server create -n pg1 --dataSizeMb 1024 --serviceType NodePort"
                        + " --backupClasses managed-premium,default --backupSizesMb 1024,2048",
                "postgres server create -n pg1 --retention 7d",
            })
    void sendsHowBackupsAreToBeKeptOfACreate(String line) {
        service.answer("POST /servers", 202, FakeService.job("create", "Pending", ""));
        service.answer("GET /servers/pg1?namespace=arc", FakeService.SERVER);
        service.answer("GET /servers/pg1?namespace=default", FakeService.SERVER);
        Ran ran = Ran.line(line, home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(service.lastPost().body().line())
                .containsPattern("\"(retention|backupVolumeClaims|backupClasses)\":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--backupSizesMb 500 | {\"backupSizesMb\":\"500\"}",
                "--backupVolumeClaims pvc1 | {\"backupVolumeClaims\":\"pvc1\"}",
                "--deltaBackupInterval 1 --fullBackupInterval 5 |"
                        + " {\"fullBackupInterval\":\"5\",\"deltaBackupInterval\":\"1\"}",
                "--retentionMin 7d --retentionMax 7d |"
                        + " {\"retentionMin\":\"7d\",\"retentionMax\":\"7d\"}",
            })
    void sendsTheSettingsOfAnUpdateAsTheyWereTyped(String options, String sent) {
        service.answer(
                "POST /servers/pg1/settings?namespace=arc",
                "{\"server\":" + FakeService.SERVER + ",\"notes\":[\"a note\"]}");
        Ran ran = Ran.line("postgres server update -n pg1 -ns arc " + options, home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(service.lastPost().body().line()).isEqualTo("{\"options\":" + sent + "}");
        assertThat(ran.err()).contains("a note");
    }

    @Test
    void deletesABackup() {
        service.answer("DELETE /servers/pg1/backups/test?namespace=arc&tier=1", FakeService.BACKUP);
        Ran ran = Ran.line("postgres backup delete -n pg1 -ns arc -bn test --tier 1", home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).isEqualTo("test is deleted\n");
    }

    @Test
    void asksForTheNameBeforeItPurges() {
        Ran ran = Ran.line("server purge -n pg1", home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("gone for ever").contains("--confirm");
        assertThat(service.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres server create -n pg1 --workers 2",
                "server restore -n pg1 -f x --keep-parameters --latest",
                "server register -n pg1 --host h",
            })
    void refusesByNameWhatThisVersionDoesNotDo(String line) {
        Ran ran = Ran.line(line, home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("not in this version").contains("\nhint: ");
        assertThat(ran.err().lines()).hasSize(2);
        assertThat(ran.out()).isEmpty();
        assertThat(service.requests()).isEmpty();
    }
}
