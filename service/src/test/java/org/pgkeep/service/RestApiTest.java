package org.pgkeep.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.service.TestHome.Answer;

/** What is refused, and how; no server is made here. */
class RestApiTest {
    private static TestHome home;

    @BeforeAll
    static void start() {
        home = new TestHome();
        home.start();
    }

    @AfterAll
    static void stop() {
        home.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer ", "Bearer wrong", "Basic abc"})
    void answersNobodyWithoutTheToken(String authorization) {
        Answer answer = home.send("GET", "/status", "", authorization);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.error()).isEqualTo("not-allowed");
        assertThat(answer.json().path("pid").isMissingNode()).isTrue();
    }

    @Test
    void tellsOfItself() {
        Answer answer = home.get("/status");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("state").asString()).isEqualTo("running");
        assertThat(answer.json().path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(answer.json().path("home").asString()).isEqualTo(home.path().toString());
        assertThat(answer.json().path("vault").path("path").asString())
                .isEqualTo(home.path().resolve("vault").toString());
        assertThat(answer.json().path("servers").isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/servers/nobody",
        "DELETE,/servers/nobody",
        "GET,/servers/nobody/backups",
        "POST,/servers/nobody/backups",
        "GET,/servers/nobody/moments",
        "GET,/servers/nobody/ranges",
        "GET,/servers/6f1c7c0e-8d5e-4d0a-9a52-0f8f3f6f4a11"
    })
    void namesAServerThatIsNotThere(String method, String path) {
        Answer answer = home.send(method, path, "", "Bearer " + home.serviceFile().token());

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error()).isEqualTo("unknown-server");
        assertThat(answer.hint()).contains("pgkeep server list");
    }

    @Test
    void namesAnUnknownSourceOfARestore() {
        Answer answer =
                home.post("/restores", "{'name':'new','source':'gone','target':{'latest':true}}");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.message()).contains("\"gone\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-uuid", "6f1c7c0e-8d5e-4d0a-9a52-0f8f3f6f4a11"})
    void namesAJobThatIsNotThere(String id) {
        Answer answer = home.get("/jobs/" + id);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error()).isEqualTo("unknown-job");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no json                                   | no JSON",
                "[1]                                       | no JSON object",
                "{}                                        | \"name\" is missing",
                "{\"name\":\"pg1\",\"nmae\":\"x\"}         | unknown: nmae",
                "{\"name\":\"pg 1\"}                       | can't be the name of a server",
                "{\"name\":\"-pg1\"}                       | can't be the name of a server",
                "{\"name\":\"../pg1\"}                     | can't be the name of a server",
                "{\"name\":\"6f1c7c0e-8d5e-4d0a-9a52-0f8f3f6f4a11\"} | looks like an id",
                "{\"name\":\"pg1\",\"namespace\":\"a b\"}  | can't be the name of a namespace",
                "{\"name\":\"pg1\",\"version\":\"x\"}      | no version of PostgreSQL",
                "{\"name\":\"pg1\",\"version\":12}         | 13 to 18",
                "{\"name\":\"pg1\",\"port\":80}            | no port a server can have",
                "{\"name\":\"pg1\",\"port\":\"x\"}         | no whole number",
                "{\"name\":\"pg1\",\"port\":70000}         | no port",
                "{\"name\":\"pg1\",\"options\":{\"color\":\"red\"}} | no option \"color\"",
                "{\"name\":\"pg1\",\"options\":{\"retention\":\"soon\"}} | retention can't be",
                "{\"name\":\"pg1\",\"options\":{\"redundancy\":\"moon\"}} | redundancy can't be",
            })
    void refusesBadWishesForAServer(String body, String reason) {
        Answer answer = home.post("/servers", body);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.error()).isEqualTo("bad-argument");
        assertThat(answer.message()).contains(reason);
        assertThat(answer.hint()).isNotEmpty();
        assertThat(home.get("/servers").json().isEmpty()).isTrue();
        assertThat(home.get("/jobs").json().isEmpty()).isTrue();
    }

    @Test
    void refusesAVersionThatIsNotOnTheMachine() {
        Answer answer = home.post("/servers", "{'name':'pg1','version':'15.999'}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.error()).isEqualTo("no-binaries");
        assertThat(answer.message()).contains("PostgreSQL 15.999 is not on this machine");
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Answer answer =
                    home.post("/servers", "{'name':'pg1','port':" + taken.getLocalPort() + "}");

            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.error()).isEqualTo("port-taken");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'name':'new','source':'pg1'}",
                "{'name':'new','source':'pg1','target':{}}",
                "{'name':'new','source':'pg1','target':{'latest':true,'earliest':true}}",
                "{'name':'new','source':'pg1','target':{'when':'now'}}",
                "{'name':'new','target':{'latest':true}}",
                "{'name':'n w','source':'pg1','target':{'latest':true}}",
                "{'name':'new','source':'pg1','target':{'time':'1h'},'timeZone':'Mars/Olympus'}"
            })
    void refusesBadWishesForARestore(String body) {
        Answer answer = home.post("/restores", body);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.error()).isEqualTo("bad-argument");
    }

    @Test
    void saysThatAPathIsUnknown() {
        Answer answer = home.get("/" + UUID.randomUUID());

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.hint()).contains("openapi.yaml");
    }

    @Test
    void refusesToShutDownInAnUnknownWay() {
        Answer answer = home.post("/shutdown?servers=perhaps", "");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(home.get("/status").status()).isEqualTo(200);
    }
}
