package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * As whom servers and their tools run. PostgreSQL refuses to run as root, so when we are root it is
 * somebody with fewer rights.
 */
public final class OperatingSystemUser {
    /** Whom a root pgkeep runs servers as: the first of these that the machine knows. */
    private static final List<String> CANDIDATES = List.of("postgres", "pgkeep", "nobody");

    private static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(20);

    /** A line of the user database, as far as it matters here. */
    private record Account(String name, String userId, String groupId, String home) {}

    private final String name;

    /** Whom to become; empty if that is ourselves. */
    private final Optional<Account> other;

    private OperatingSystemUser(String name, Optional<Account> other) {
        this.name = name;
        this.other = other;
    }

    /**
     * Ourselves; when we are root: {@code postgres}, else {@code pgkeep}, else {@code nobody}.
     *
     * @throws Failure NOT_ALLOWED if we are root and the machine knows none of them
     */
    public static OperatingSystemUser forServers() {
        if (!weAreRoot()) {
            return new OperatingSystemUser(System.getProperty("user.name", "?"), Optional.empty());
        }
        for (String candidate : CANDIDATES) {
            Optional<Account> account = account(candidate);
            if (account.isPresent()) {
                return new OperatingSystemUser(candidate, account);
            }
        }
        throw new Failure(
                Code.NOT_ALLOWED,
                "PostgreSQL does not run as root, and there is no user postgres, pgkeep or nobody",
                "create one: useradd --system pgkeep");
    }

    /**
     * A user of the machine; only root can be another one than itself.
     *
     * @throws Failure NOT_ALLOWED if the machine does not know it
     */
    public static OperatingSystemUser named(String name) {
        if (name.equals(System.getProperty("user.name"))) {
            return new OperatingSystemUser(name, Optional.empty());
        }
        Account account =
                account(name)
                        .orElseThrow(() ->
                                new Failure(
                                        Code.NOT_ALLOWED,
                                        "there is no user " + name + " on this machine",
                                        "name one that is there"));
        return new OperatingSystemUser(name, Optional.of(account));
    }

    /** The user's name. */
    public String name() {
        return name;
    }

    /** Whether we are root and servers therefore run as somebody else. */
    public boolean isAnother() {
        return other.isPresent();
    }

    /**
     * The command with what makes it run as this user in front (setpriv, or runuser where there is
     * none); unchanged if that is ourselves.
     */
    public List<String> command(List<String> command) {
        if (other.isEmpty()) {
            return List.copyOf(command);
        }
        Account account = other.get();
        List<String> whole = new ArrayList<>();
        Optional<String> setpriv = program("setpriv");
        if (setpriv.isPresent()) {
            whole.addAll(
                    List.of(
                            setpriv.get(),
                            "--reuid=" + account.userId(),
                            "--regid=" + account.groupId(),
                            "--init-groups",
                            "--"));
        } else {
            String runuser = program("runuser").orElse("runuser");
            whole.addAll(List.of(runuser, "-u", account.name(), "--"));
        }
        whole.addAll(command);
        return List.copyOf(whole);
    }

    /**
     * Makes this user the owner of a file, or of a directory and all in it, symbolic links
     * themselves included, what they point to not. Does nothing if that is ourselves.
     *
     * @throws Failure NOT_WRITABLE if that can't be done
     */
    public void own(Path tree) {
        if (other.isEmpty()) {
            return;
        }
        Account account = other.get();
        try {
            UserPrincipalLookupService lookup =
                    tree.getFileSystem().getUserPrincipalLookupService();
            UserPrincipal owner = lookup.lookupPrincipalByName(account.userId());
            GroupPrincipal group = lookup.lookupPrincipalByGroupName(account.groupId());
            Files.walkFileTree(
                    tree,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path directory, BasicFileAttributes attributes) throws IOException {
                            return give(directory);
                        }

                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            return give(file);
                        }

                        private FileVisitResult give(Path path) throws IOException {
                            PosixFileAttributeView view =
                                    Files.getFileAttributeView(
                                            path,
                                            PosixFileAttributeView.class,
                                            LinkOption.NOFOLLOW_LINKS);
                            view.setGroup(group);
                            view.setOwner(owner);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "could not make " + name + " the owner of " + tree + ": " + e.getMessage(),
                    "look whether the file system allows chown",
                    e);
        }
    }

    /** Sets what programs expect to find about the user they run as. */
    void describe(Map<String, String> environment) {
        other.ifPresent(account -> {
            environment.put("HOME", account.home());
            environment.put("USER", account.name());
            environment.put("LOGNAME", account.name());
        });
    }

    private static boolean weAreRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    private static Optional<Account> account(String name) {
        ShortCommand.Result result =
                ShortCommand.run(List.of("getent", "passwd", name), LOOKUP_TIMEOUT);
        String[] fields = result.output().strip().split(":", -1);
        return result.exitCode() == 0 && fields.length >= 6
                ? Optional.of(new Account(name, fields[2], fields[3], fields[5]))
                : Optional.empty();
    }

    private static Optional<String> program(String name) {
        for (String directory : List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin")) {
            Path program = Path.of(directory, name);
            if (Files.isExecutable(program)) {
                return Optional.of(program.toString());
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean equals(@Nullable Object that) {
        return that instanceof OperatingSystemUser user
                && name.equals(user.name)
                && other.equals(user.other);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
