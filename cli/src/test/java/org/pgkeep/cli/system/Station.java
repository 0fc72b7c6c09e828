package org.pgkeep.cli.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.demo.LocalSocketFactory;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;

/**
 * A home of pgkeep for one test, and everything that runs in it. Commands go through the launcher,
 * each a process of its own. What is open is closed at the end of the test, or at the latest with
 * this process: services and servers are stopped by their own pids, the home is removed.
 */
final class Station implements AutoCloseable {
    /** No command of these tests takes longer, even on a busy machine. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    /** The repository, whose launcher is tried: the tests run in {@code cli}. */
    static final Path LAUNCHER = Path.of("").toAbsolutePath().resolveSibling("pgkeep");

    private static final Set<Station> OPEN = ConcurrentHashMap.newKeySet();
    private static final Pattern WORD = Pattern.compile("(\\w+)=('[^']*'|\\S+)");

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> List.copyOf(OPEN).forEach(Station::close)));
    }

    private final Path home;
    private final List<String> runAs;
    private final Map<String, String> environment = new ConcurrentHashMap<>();
    private final Set<Process> started = ConcurrentHashMap.newKeySet();
    private final HttpClient http = HttpClient.newHttpClient();

    private Station(Path home, List<String> runAs) {
        this.home = home;
        this.runAs = runAs;
        environment.put(
                "PGKEEP_PG_BINARIES",
                PostgresBinaries.rotating().stream()
                        .map(each -> each.bin().toString())
                        .collect(Collectors.joining(":")));
        OPEN.add(this);
    }

    /** A new, empty home. Nothing runs. */
    static Station open() {
        return new Station(newFolder(), List.of());
    }

    /** The same, started. */
    static Station running() {
        Station station = open();
        boolean runs = false;
        try {
            station.up();
            runs = true;
            return station;
        } finally {
            if (!runs) {
                station.close();
            }
        }
    }

    /** A new home of a user without privileges: for root, who may write everywhere. */
    static Station ofNobody() throws IOException {
        Path folder = newFolder();
        if (!isRoot()) {
            return new Station(folder, List.of());
        }
        Files.setAttribute(folder, "unix:uid", 65_534);
        return new Station(
                folder, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }

    static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    private static Path newFolder() {
        try {
            Path folder = Files.createTempDirectory("pk");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Path home() {
        return home;
    }

    /** A variable that commands have from now on. */
    Station with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    // ---- commands

    /** Types words behind {@code pgkeep} and waits for the command's end. */
    Ended type(String... words) {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(Arrays.asList(words));
        return run("pgkeep " + String.join(" ", words), command);
    }

    /** Types a line as a shell reads it, quotes and all. */
    Ended line(String line) {
        return run("pgkeep " + line, List.of("sh", "-c", "\"$0\" " + line, LAUNCHER.toString()));
    }

    /** Types words with {@code -o json}; the document of a command that went well. */
    Json ask(String... words) {
        List<String> all = new ArrayList<>(Arrays.asList(words));
        all.addAll(List.of("-o", "json"));
        return type(all.toArray(String[]::new)).good().json();
    }

    /** Starts a command in a session of its own, as a terminal would, and does not wait. */
    Process begin(String... words) {
        // whoever started the tests in the background has SIGINT ignored, and that is inherited
        List<String> command =
                new ArrayList<>(
                        List.of("setsid", "env", "--default-signal=INT,TERM", LAUNCHER.toString()));
        command.addAll(Arrays.asList(words));
        Process process =
                start(
                        command,
                        builder ->
                                builder.redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD));
        started.add(process);
        return process;
    }

    private Ended run(String title, List<String> command) {
        // files, not pipes: a service that a command leaves behind could hold a pipe open
        Path printed = newFolder();
        Path out = printed.resolve("out");
        Path err = printed.resolve("err");
        try {
            Process process =
                    start(
                            command,
                            builder ->
                                    builder.redirectOutput(out.toFile())
                                            .redirectError(err.toFile()));
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        title + "\ndoes not end in " + PATIENCE + ": " + Files.readString(err));
            }
            return new Ended(
                    title, process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw Processes.interrupted(interrupted);
        } finally {
            remove(printed);
        }
    }

    private interface Shape {
        ProcessBuilder of(ProcessBuilder builder);
    }

    private Process start(List<String> command, Shape shape) {
        List<String> all = new ArrayList<>(runAs);
        all.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(all).redirectInput(Path.of("/dev/null").toFile());
        Map<String, String> variables = builder.environment();
        variables.keySet().removeIf(name -> name.startsWith("PG"));
        variables.put("PGKEEP_HOME", home.toString());
        // somebody may change sources while the tests run: LauncherIT looks that nothing is built
        variables.put("PGKEEP_BUILD", "done");
        variables.put("TZ", "UTC");
        variables.put("LC_ALL", "C");
        variables.putAll(environment);
        variables.values().removeIf(String::isEmpty);
        try {
            return shape.of(builder).start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    // ---- the service

    /** Starts the service; good when this returns. */
    Json up() {
        return ask("up", "--detach");
    }

    Path serviceFile() {
        return home.resolve("service.json");
    }

    private Json service() {
        try {
            return Json.parse(Files.readAllBytes(serviceFile()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The service's process, by its own file. */
    long servicePid() {
        return service().at("pid").asNumber().orElseThrow();
    }

    /** Kills the service with signal 9, and nothing else. */
    void killService() {
        Processes.kill(servicePid());
    }

    /** Asks the REST API, in a millisecond where a command takes half a second. */
    Json api(String path) {
        Json service = service();
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + service.at("port").shown()
                                                + "/api/v1"
                                                + path))
                        .header("Authorization", "Bearer " + service.at("token").shown())
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try {
            HttpResponse<byte[]> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.statusCode())
                    .as("%s: %s", path, new String(answer.body(), UTF_8))
                    .isEqualTo(200);
            return Json.parse(answer.body());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw Processes.interrupted(interrupted);
        }
    }

    Json job(String id) {
        return api("/jobs/" + id);
    }

    /** Waits until a job is as wanted; fails at once when it has ended otherwise. */
    Json awaitJob(String id, String what, Predicate<Json> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Json job = job(id);
            if (wanted.test(job)) {
                return job;
            }
            boolean ended = Set.of("Succeeded", "Failed").contains(job.at("state").shown());
            if (ended || System.nanoTime() > deadline) {
                throw new AssertionError("never seen: " + what + "; the job is " + job.line());
            }
            Processes.pause(3);
        }
    }

    /** Waits until a job has succeeded; what it ended with. */
    Json awaitSuccess(String id) {
        return awaitJob(id, "success", job -> job.at("state").shown().equals("Succeeded"));
    }

    /** The jobs that are not at their end. */
    List<Json> unfinishedJobs() {
        return api("/jobs").items().stream()
                .filter(job -> Set.of("Pending", "Running").contains(job.at("state").shown()))
                .toList();
    }

    // ---- servers

    /** Creates a server of that PostgreSQL and waits for its first backup. */
    Json create(String name, PostgresBinaries binaries) {
        return ask("server", "create", "-n", name, "--version", binaries.major() + "", "--wait");
    }

    /** Restores with {@code --wait}; the final document. */
    Json restore(String name, String source, String... target) {
        List<String> words =
                new ArrayList<>(List.of("server", "restore", "-n", name, "-f", source, "--wait"));
        words.addAll(Arrays.asList(target));
        Json done = ask(words.toArray(String[]::new));
        assertThat(done.at("checks").items()).isNotEmpty().allMatch(each -> each.at("ok").isTrue());
        return done;
    }

    Json server(String name) {
        return api("/servers/" + name);
    }

    Path dataDirectory(String name) {
        return Path.of(server(name).at("dataDirectory").shown());
    }

    /** The postmaster of a server, by its own pid file; fails when it does not live. */
    long postmaster(String name) {
        long pid = pidIn(dataDirectory(name)).orElseThrow();
        assertThat(Processes.lives(pid)).as("postmaster %d of %s lives", pid, name).isTrue();
        return pid;
    }

    private static Optional<Long> pidIn(Path dataDirectory) {
        try (Stream<String> lines = Files.lines(dataDirectory.resolve("postmaster.pid"))) {
            return lines.findFirst().map(line -> Long.valueOf(line.strip()));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    /** How many postmasters run on data directories in the home. */
    long postmasters() {
        return Processes.all().stream()
                .filter(pid -> isPostmaster(Processes.words(pid)))
                // a child that was just forked still bears its parent's words
                .filter(pid ->
                        ProcessHandle.of(pid)
                                .flatMap(ProcessHandle::parent)
                                .map(parent -> !isPostmaster(Processes.words(parent.pid())))
                                .orElse(true))
                .count();
    }

    private boolean isPostmaster(List<String> words) {
        return words.size() > 2
                && words.get(0).endsWith("postgres")
                && words.contains("-D")
                && words.stream().anyMatch(word -> word.startsWith(home.toString()));
    }

    /** The folders of servers in the home. */
    List<String> serverFolders() {
        Path servers = home.resolve("servers");
        if (!Files.isDirectory(servers)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(servers)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A superuser's connection through the local socket, by {@code connectionString}. */
    Connection connect(String name) throws SQLException {
        Properties login = login(name);
        return DriverManager.getConnection(url(login), login);
    }

    /** A workload on a server, tables made, writers not started. */
    Ledger ledger(String name, LedgerPlan plan) throws SQLException {
        Properties login = login(name);
        Ledger ledger = Ledger.on(url(login), login, plan);
        boolean ready = false;
        try {
            ledger.setup();
            ready = true;
            return ledger;
        } finally {
            if (!ready) {
                ledger.close();
            }
        }
    }

    private static String url(Properties login) {
        return "jdbc:postgresql://localhost/" + login.getProperty("dbname");
    }

    private Properties login(String name) {
        String text = server(name).at("connectionString").shown();
        Map<String, String> words = new HashMap<>();
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            words.put(word.group(1), word.group(2).replace("'", ""));
        }
        Properties login = new Properties();
        login.putAll(words);
        login.setProperty("sslmode", "disable");
        login.setProperty("gssEncMode", "disable");
        login.setProperty("socketFactory", LocalSocketFactory.class.getName());
        login.setProperty("socketFactoryArg", words.get("host") + "/.s.PGSQL." + words.get("port"));
        return login;
    }

    /** Runs statements as superuser. */
    void sql(String name, String... statements) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The only value of a query, as text. */
    String value(String name, String sql) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }

    // ---- the end

    /** Stops everything that runs in the home, by its own pid, and removes the home. */
    @Override
    public void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        try {
            started.forEach(process -> killQuietly(process.pid()));
            services().forEach(Station::killQuietly);
            stopServers();
        } finally {
            remove(home);
        }
    }

    /** Services of this home, ready or not. */
    private List<Long> services() {
        return Processes.all().stream()
                .filter(pid -> {
                    List<String> words = Processes.words(pid);
                    return words.contains("org.pgkeep.cli.Main") && words.contains(home.toString());
                })
                .toList();
    }

    private void stopServers() {
        Set<Long> processes = ofServers();
        for (String folder : serverFolders()) {
            pidIn(home.resolve("servers").resolve(folder).resolve("data"))
                    .filter(processes::contains)
                    .ifPresent(pid -> Processes.signal("QUIT", Long.toString(pid)));
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!processes.isEmpty() && System.nanoTime() < deadline) {
            Processes.pause(50);
            processes = ofServers();
        }
        processes.forEach(Station::killQuietly);
    }

    /** Every PostgreSQL process works in its data directory. */
    private Set<Long> ofServers() {
        Path servers = home.resolve("servers");
        return Processes.all().stream()
                .filter(pid ->
                        isPostmaster(Processes.words(pid))
                                || Processes.workingDirectory(pid)
                                        .filter(folder -> folder.startsWith(servers))
                                        .isPresent())
                .collect(Collectors.toSet());
    }

    private static void killQuietly(long pid) {
        if (Processes.lives(pid)) {
            Processes.kill(pid);
        }
    }

    static void remove(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
