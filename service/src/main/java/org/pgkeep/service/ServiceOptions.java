package org.pgkeep.service;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.VaultKey;

/**
 * All that a service is told from outside.
 *
 * @param home the folder it lives in
 * @param port where the REST API listens; 0 for a free port
 * @param passphrase opens the vault instead of the key file in the home
 * @param vault where the vault is to be, if not in the home; only the first start makes use of it,
 *     later ones check it
 * @param binaryRoots where else to look for PostgreSQL: a folder of executables, an installation,
 *     or a folder of installations
 * @param userName the operating-system user who runs the service
 * @param temporary a folder where everybody may write, for sockets whose path would get too long
 * @param consoleLog whether warnings go to standard error too
 */
public record ServiceOptions(
        Path home,
        int port,
        Optional<VaultKey.Passphrase> passphrase,
        Optional<Path> vault,
        List<Path> binaryRoots,
        String userName,
        Path temporary,
        boolean consoleLog) {

    /** The variable that holds the passphrase. */
    public static final String PASSPHRASE_VARIABLE = "PGKEEP_PASSPHRASE";

    /** The variable that names a key of a key service, which opens the vault. */
    public static final String KEY_SERVICE_VARIABLE = "PGKEEP_KEY_SERVICE";

    /** The variable that names the port of the REST API. */
    public static final String PORT_VARIABLE = "PGKEEP_PORT";

    /** The variable that names more folders to look for PostgreSQL in, with colons between them. */
    public static final String BINARIES_VARIABLE = "PGKEEP_PG_BINARIES";

    public ServiceOptions {
        home = home.toAbsolutePath().normalize();
        binaryRoots = List.copyOf(binaryRoots);
    }

    /**
     * The options of a service in a home, the rest from the environment.
     *
     * @param home the folder it lives in
     * @param passphraseFile a file whose first line is the passphrase; wins over the variable
     * @param vault where the vault is to be, if not in the home
     * @param environment the process's environment
     * @throws Failure {@code NO_KEY} when the passphrase file can't be read or is empty, {@code
     *     BAD_ARGUMENT} when a variable makes no sense
     */
    public static ServiceOptions of(
            Path home,
            Optional<Path> passphraseFile,
            Optional<Path> vault,
            Map<String, String> environment) {
        Optional<String> words =
                passphraseFile.isPresent()
                        ? Optional.of(firstLine(passphraseFile.get()))
                        : Optional.ofNullable(environment.get(PASSPHRASE_VARIABLE))
                                .filter(text -> !text.isEmpty());
        return new ServiceOptions(
                home,
                port(environment.getOrDefault(PORT_VARIABLE, "0")),
                words.map(text -> new VaultKey.Passphrase(text.toCharArray())),
                vault,
                roots(environment.getOrDefault(BINARIES_VARIABLE, "")),
                System.getProperty("user.name", ""),
                Path.of("/tmp"),
                false);
    }

    private static String firstLine(Path file) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (!lines.isEmpty() && !lines.getFirst().isEmpty()) {
                return lines.getFirst();
            }
        } catch (java.io.IOException e) {
            throw new Failure(
                    Code.NO_KEY,
                    "can't read the passphrase file " + file + ": " + e,
                    "check its name, owner and permissions",
                    e);
        }
        throw new Failure(
                Code.NO_KEY,
                "the passphrase file " + file + " has no passphrase in its first line",
                "write it there");
    }

    private static int port(String text) {
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= 65_535) {
            return Integer.parseInt(text);
        }
        throw new Failure(
                Code.BAD_ARGUMENT,
                PORT_VARIABLE + " is \"" + text + "\", which is no port",
                "set it to a number from 1024 to 65535, or leave it out");
    }

    private static List<Path> roots(String text) {
        return java.util.Arrays.stream(text.split(":", -1))
                .filter(each -> !each.isBlank())
                .map(Path::of)
                .toList();
    }
}
