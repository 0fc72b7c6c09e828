package org.pgkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.cli.rest.Json;

/** Exit codes, error lines, JSON and waiting. */
class OutcomeTest {
    private final Path home;
    private final FakeService service;

    OutcomeTest(@TempDir Path home) {
        this.home = home;
        this.service = new FakeService(home);
    }

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void saysWhatTheServiceRefused() {
        Ran ran = Ran.line("server show -n x", home);
        assertThat(ran)
                .isEqualTo(
                        new Ran(
                                2,
                                "",
                                """
                                pgkeep: there is no server "x"
                                hint: list them with: pgkeep server list
                                """));
    }

    @Test
    void saysItInJsonWhereJsonWasAskedFor() {
        Ran ran = Ran.line("server show -n x -o json", home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        Json error = Json.parse(ran.err().getBytes(StandardCharsets.UTF_8)).at("error");
        assertThat(error.at("code").shown()).isEqualTo("unknown-server");
        assertThat(error.at("message").shown()).isEqualTo("there is no server \"x\"");
        assertThat(error.at("hint").shown()).isEqualTo("list them with: pgkeep server list");
    }

    @ParameterizedTest
    @CsvSource({"unavailable,server-unreachable,1", "damaged,damaged-object,1", "refused,in-use,2"})
    void tellsRefusedFromFailedByItsExitCode(String kind, String code, int exitCode) {
        service.answer(
                "GET /servers",
                500,
                "{\"error\":{\"code\":\"%s\",\"kind\":\"%s\",\"message\":\"m\",\"hint\":\"h\"}}"
                        .formatted(code, kind));
        assertThat(Ran.line("server list", home))
                .isEqualTo(new Ran(exitCode, "", "pgkeep: m\nhint: h\n"));
    }

    @Test
    void failsWithTheKindOfACodeThatItDoesNotKnow() {
        service.answer(
                "GET /servers",
                422,
                "{\"error\":{\"code\":\"too-new\",\"kind\":\"refused\",\"message\":\"m\"}}");
        assertThat(Ran.line("server list", home).code()).isEqualTo(2);
    }

    @Test
    void saysThatTheServiceIsNotRunningAndHowToStartIt() throws Exception {
        Files.delete(home.resolve("service.json"));
        Ran ran = Ran.line("status", home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err())
                .startsWith("pgkeep: the service is not running")
                .endsWith("hint: start it with: pgkeep up --detach\n");
    }

    @Test
    void takesAFileThatACrashLeftForNoService() throws Exception {
        service.close(); // the port is refused, the process (this one) is alive
        assertThat(Ran.line("status", home).err()).contains("not running");
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(
                home.resolve("service.json"),
                "{\"pid\":" + gone.pid() + ",\"port\":1,\"token\":\"t\"}");
        Ran ran = Ran.line("status --home " + home, home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("pgkeep up --detach --home " + home);
    }

    @Test
    void showsTheTokenToTheServiceAndToNobodyElse() {
        service.answer("GET /status", "{\"state\":\"running\",\"pid\":1,\"home\":\"/h\"}");
        Ran ran = Ran.line("status --debug", home);
        assertThat(service.requests().getFirst().authorization()).isEqualTo("Bearer secret");
        assertThat(ran.out() + ran.err()).doesNotContain("secret");
    }

    @Test
    void printsTheDocumentUnchangedAsJson() {
        service.answer("GET /servers", "[" + FakeService.SERVER + "]");
        Ran ran = Ran.line("server list -o json", home);
        Json printed = Json.parse(ran.out().getBytes(StandardCharsets.UTF_8));
        Json sent = Json.parse(("[" + FakeService.SERVER + "]").getBytes(StandardCharsets.UTF_8));
        assertThat(printed).isEqualTo(sent);
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void waitsForAJobAndEndsWithItsResult() {
        service.answer(
                "POST /servers/pg1/backups?namespace=default",
                202,
                FakeService.job("backup", "Pending", ""));
        String running =
                FakeService.job(
                        "backup",
                        "Running",
                        "\"progress\":{\"phase\":\"reading\",\"doneBytes\":524288,"
                                + "\"totalBytes\":1048576}");
        for (int i = 0; i < 25; i++) {
            service.answer("GET /jobs/j1", running);
        }
        service.answer(
                "GET /jobs/j1",
                FakeService.job("backup", "Succeeded", "\"result\":" + FakeService.BACKUP));
        Ran ran = Ran.line("backup take -n pg1 --wait", home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("test  48 MB  Succeeded");
        // the test's clock makes a second of each look: a line each ten of them
        assertThat(ran.err().lines())
                .isNotEmpty()
                .hasSizeLessThan(4)
                .allMatch(line -> line.startsWith("reading: 512 kB of 1.0 MB (50 %), "));
        assertThat(ran.err()).doesNotContain("\r");
    }

    @ParameterizedTest
    @CsvSource({"unavailable,1", "refused,2"})
    void endsWithTheFailureOfTheJobItWaitedFor(String kind, int code) {
        service.answer(
                "POST /servers/pg1/backups?namespace=default",
                202,
                FakeService.job("backup", "Pending", ""));
        String name = kind.equals("refused") ? "port-taken" : "server-unreachable";
        service.answer(
                "GET /jobs/j1",
                FakeService.job(
                        "backup",
                        "Failed",
                        "\"error\":{\"code\":\"%s\",\"kind\":\"%s\",\"message\":\"m\",\"hint\":\"h\"}"
                                .formatted(name, kind)));
        assertThat(Ran.line("backup take -n pg1 --wait", home))
                .isEqualTo(new Ran(code, "", "pgkeep: m\nhint: h\n"));
    }

    @Test
    void saysWhatARestoreUnderstoodAndEndsWithItsChecks() {
        service.answer(
                "POST /restores",
                202,
                FakeService.job("restore", "Pending", "\"plan\":" + FakeService.PLAN));
        service.answer(
                "GET /jobs/j1",
                FakeService.job(
                        "restore",
                        "Succeeded",
                        "\"result\":{\"restoreSeconds\":3.2,\"readySeconds\":4,"
                                + "\"endLsn\":\"0/4FFFFF0\",\"endTimeline\":2,"
                                + "\"checks\":[{\"name\":\"end\",\"ok\":true,\"detail\":\"d\"}],"
                                + "\"server\":"
                                + FakeService.SERVER
                                + "}"));
        Ran ran = Ran.line("server restore -n pg2 -f pg1 -t 1h --wait", home);
        assertThat(ran.code()).isZero();
        assertThat(ran.err())
                .contains("Restore of pg1 into the new server pg2")
                .contains("2026-11-21T07:00:00Z  (2026-11-21 08:00:00.000 Europe/Berlin)")
                .contains("test of 2026-11-20T08:00:00Z")
                .contains("2026-11-21T06:59:59.9Z  (transaction 811 at 0/4FFFF00)")
                .contains("48 MB of data, 32 MB of WAL")
                .contains("about 4.2 s");
        assertThat(ran.out()).contains("Running").contains("3.2 s").contains("ok, d");
    }

    @Test
    void onlyPlansWhenAskedTo() {
        service.answer("POST /restores/plan", FakeService.PLAN);
        Ran ran = Ran.line("server restore -n pg2 -f pg1 --before 812 --plan", home);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("Restore of pg1 into the new server pg2");
        assertThat(service.requests()).hasSize(1);
        assertThat(service.lastPost().body().at("target").line()).isEqualTo("{\"beforeXid\":812}");
    }

    @Test
    void asksForTheLastHoursMomentsUnlessItIsToldOtherwise() {
        String zone = "&timeZone=Europe%2FBerlin";
        service.answer(
                "GET /servers/pg1/moments?namespace=default&since=1h" + zone,
                "[{\"time\":\"2026-11-21T07:00:00Z\",\"xid\":812,\"lsn\":\"0/1\",\"kind\":\"drop\","
                        + "\"relations\":[\"1663/5/16402\"]}]");
        Ran ran = Ran.line("moments -n pg1", home);
        assertThat(ran.out()).contains("2026-11-21T07:00:00Z  812  0/1  drop  1663/5/16402");
        assertThat(Ran.line("moments -n pg1 --drops", home).code()).isEqualTo(2);
        assertThat(service.requests().getLast().path())
                .isEqualTo("/servers/pg1/moments?drops=true&namespace=default" + zone);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sever list | there is no command `pgkeep sever` | did you mean: pgkeep server",
                "server lsit | there is no command `pgkeep server lsit` |"
                        + " did you mean: pgkeep server list",
                "server show --naem x -n y | `pgkeep server show` has no option --naem |"
                        + " did you mean --name?",
                "server create -n x --datasizeMb 4 |"
                        + " `pgkeep server create` has no option --datasizeMb |"
                        + " did you mean --dataSizeMb?",
                "server show pg1 | `pgkeep server show` needs -n NAME | did you mean -n pg1?",
                "server show | `pgkeep server show` needs -n NAME | see: pgkeep server show --help",
                "server | `pgkeep server` needs a verb: create, list, show, delete, restore,"
                        + " update, purge |"
                        + " see what they do: pgkeep server --help",
                "job follow | `pgkeep job follow` needs ID | see: pgkeep job follow --help",
                "server show -n | -n NAME: the value is missing | see: pgkeep server show --help",
            })
    void refusesALineItCannotParseAndNamesTheNearest(String line, String message, String hint) {
        assertThat(Ran.line(line, home))
                .isEqualTo(new Ran(2, "", "pgkeep: " + message + "\nhint: " + hint + "\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server restore -n a -f b",
                "server restore -n a -f b -t 1h --latest",
                "server create -n a --port x",
                "server list -o xml",
                "backup list -n a --tier x",
                "up --detach extra"
            })
    void refusesWhatMakesNoSense(String line) {
        Ran ran = Ran.line(line, home);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).matches("pgkeep: .*\\Rhint: .*\\R");
        assertThat(service.requests()).isEmpty();
    }

    @Test
    void printsAStackTraceOnlyForDebug() {
        assertThat(Ran.line("server show -n x", home).err()).doesNotContain("\tat ");
        assertThat(Ran.line("server show -n x --debug", home).err()).contains("\tat org.pgkeep");
    }

    @Test
    void takesTheOptionsOfAllCommandsBeforeAndBehindTheCommand() {
        service.answer("GET /servers", "[]");
        for (String line :
                new String[] {
                    "-o json server list", "server -o json list", "-o json postgres server list"
                }) {
            assertThat(Ran.line(line, home)).as(line).isEqualTo(new Ran(0, "[]\n", ""));
        }
    }

    @Test
    void endsTheServiceAndSaysWhichServersRunOn() throws Exception {
        Process running = new ProcessBuilder("sleep", "60").start();
        String file = Files.readString(home.resolve("service.json"));
        Files.writeString(
                home.resolve("service.json"),
                file.replaceAll("\"pid\":\\d+", "\"pid\":" + running.pid()));
        service.answer("GET /servers", "[" + FakeService.SERVER + "]");
        service.answer("POST /shutdown?servers=keep", 202, "");
        service.whenAsked(
                "POST /shutdown?servers=keep", () -> running.destroyForcibly().onExit().join());
        assertThat(Ran.line("down", home))
                .isEqualTo(
                        new Ran(
                                0,
                                """
                                The service has ended.
                                Still running: pg1 (port 5433)
                                """,
                                "Nobody captures their WAL until: pgkeep up --detach\n"));
        assertThat(Ran.line("down", home).err()).contains("the service is not running");
    }
}
