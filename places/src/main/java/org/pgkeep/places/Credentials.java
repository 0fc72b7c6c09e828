package org.pgkeep.places;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.PlaceAddress;

/**
 * Finds what opens a place, where the place's own tools look for it: the file that the address
 * names, the environment, the vendor's files in the user's home. What is found goes to the library
 * alone; nothing here prints it. If nothing is found, the library asks the machine it runs on (an
 * instance's or a workload's identity).
 *
 * @param environment the process's variables
 * @param home the user's folder
 */
record Credentials(Map<String, String> environment, Path home) {
    private static final String AWS_ID = "aws_access_key_id";
    private static final String AWS_SECRET = "aws_secret_access_key";
    private static final String AWS_TOKEN = "aws_session_token";

    /** Where a user puts them, in words. */
    static String places(PlaceAddress address) {
        return address.option("credentials")
                .orElse(
                        switch (address.kind()) {
                            case S3 ->
                                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws/credentials,"
                                            + " or a file named with credentials=FILE";
                            case AZBLOB ->
                                    "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY,"
                                            + " AZURE_STORAGE_CONNECTION_STRING, or a file named with"
                                            + " credentials=FILE";
                            case GCS ->
                                    "GOOGLE_APPLICATION_CREDENTIALS, or a file named with"
                                            + " credentials=FILE";
                            case FILE -> "the folder's permissions";
                        });
    }

    /**
     * For S3, as OpenDAL calls it; with the region.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code WRONG_STATE}
     */
    Map<String, String> s3(PlaceAddress address) {
        Optional<String> named = address.option("profile");
        String profile = named.or(() -> variable("AWS_PROFILE")).orElse("default");
        Map<String, String> config =
                IniFile.section(
                        file("AWS_CONFIG_FILE", ".aws/config"),
                        profile.equals("default") ? profile : "profile " + profile);
        Map<String, String> keys = new TreeMap<>();
        Optional<Path> file = address.option("credentials").map(Path::of);
        if (file.isPresent()) {
            keys.putAll(IniFile.sectionOf(read(file.get()), profile));
        } else if (named.isEmpty() && variable("AWS_ACCESS_KEY_ID").isPresent()) {
            for (String name : List.of(AWS_ID, AWS_SECRET, AWS_TOKEN)) {
                variable(name.toUpperCase(Locale.ROOT)).ifPresent(value -> keys.put(name, value));
            }
        } else {
            keys.putAll(config);
            keys.putAll(
                    IniFile.section(
                            file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), profile));
        }
        Map<String, String> found = new LinkedHashMap<>();
        if (keys.containsKey(AWS_ID)) {
            found.put("access_key_id", keys.getOrDefault(AWS_ID, ""));
            found.put("secret_access_key", required(keys, AWS_SECRET, address));
            Optional.ofNullable(keys.get(AWS_TOKEN))
                    .ifPresent(token -> found.put("session_token", token));
            // nothing else is to be looked for
            found.put("disable_config_load", "true");
            found.put("disable_ec2_metadata", "true");
        } else if (file.isPresent()) {
            throw missing(AWS_ID, address);
        }
        found.put(
                "region",
                address.option("region")
                        .or(() -> variable("AWS_REGION"))
                        .or(() -> variable("AWS_DEFAULT_REGION"))
                        .or(() -> Optional.ofNullable(keys.get("region")))
                        .or(() -> Optional.ofNullable(config.get("region")))
                        .or(() -> address.option("endpoint").map(_ -> "us-east-1"))
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "the region of " + address + " is not known",
                                        "add region=… to the address, or set AWS_REGION")));
        return found;
    }

    /**
     * For Azure Blob, as OpenDAL calls it; with account and endpoint.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code WRONG_STATE}
     */
    Map<String, String> azure(PlaceAddress address) {
        Map<String, String> given = new TreeMap<>(environment);
        Optional<Path> file = address.option("credentials").map(Path::of);
        if (file.isPresent()) {
            given.keySet().removeIf(name -> name.startsWith("AZURE_STORAGE_"));
            String text = read(file.get());
            given.putAll(IniFile.sectionOf(text, "default"));
            if (text.strip().startsWith("DefaultEndpointsProtocol")
                    || text.strip().startsWith("AccountName")
                    || text.strip().startsWith("BlobEndpoint")) {
                given.put("AZURE_STORAGE_CONNECTION_STRING", text.strip());
            }
        }
        Map<String, String> parts =
                connection(given.getOrDefault("AZURE_STORAGE_CONNECTION_STRING", ""));
        Optional<String> account =
                address.option("account")
                        .or(() -> Optional.ofNullable(parts.get("AccountName")))
                        .or(() -> Optional.ofNullable(given.get("AZURE_STORAGE_ACCOUNT")));
        Map<String, String> found = new LinkedHashMap<>();
        account.ifPresent(name -> found.put("account_name", name));
        first(parts, "AccountKey")
                .or(() -> first(given, "AZURE_STORAGE_KEY"))
                .ifPresent(key -> found.put("account_key", key));
        first(parts, "SharedAccessSignature")
                .or(() -> first(given, "AZURE_STORAGE_SAS_TOKEN"))
                .ifPresent(token ->
                        found.put("sas_token", token.startsWith("?") ? token.substring(1) : token));
        found.put(
                "endpoint",
                address.option("endpoint")
                        .or(() -> Optional.ofNullable(parts.get("BlobEndpoint")))
                        .or(() -> account.map(name -> "https://" + name + ".blob.core.windows.net"))
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "the account of " + address + " is not known",
                                        "add account=… to the address, or set"
                                                + " AZURE_STORAGE_ACCOUNT")));
        return found;
    }

    /**
     * For Google Cloud Storage, as OpenDAL calls it.
     *
     * @throws Failure {@code WRONG_STATE}
     */
    Map<String, String> google(PlaceAddress address) {
        Map<String, String> found = new LinkedHashMap<>();
        Optional<Path> file =
                address.option("credentials")
                        .or(() -> variable("GOOGLE_APPLICATION_CREDENTIALS"))
                        .map(Path::of);
        Path ofTheTool = home.resolve(".config/gcloud/application_default_credentials.json");
        if (file.isPresent()) {
            boolean _ = read(file.get()).isEmpty();
            found.put("credential_path", file.get().toString());
        } else if (Files.isReadable(ofTheTool)) {
            found.put("credential_path", ofTheTool.toString());
        }
        return found;
    }

    private static Map<String, String> connection(String text) {
        Map<String, String> parts = new TreeMap<>();
        for (String pair : text.split(";", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                parts.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
            }
        }
        return parts;
    }

    private static Optional<String> first(Map<String, String> values, String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    private Optional<String> variable(String name) {
        return first(environment, name);
    }

    private Path file(String variable, String inHome) {
        return variable(variable).map(Path::of).orElseGet(() -> home.resolve(inHome));
    }

    private static String required(Map<String, String> keys, String name, PlaceAddress address) {
        String value = keys.get(name);
        if (value == null) {
            throw missing(name, address);
        }
        return value;
    }

    private static Failure missing(String name, PlaceAddress address) {
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "the credentials of " + address + " lack " + name,
                "complete them in " + places(address));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    "can't read the credentials in "
                            + file
                            + " ("
                            + e.getClass().getSimpleName()
                            + ")",
                    "let the user who runs pgkeep read that file, or correct its name");
        }
    }

    /** Shows no values. */
    @Override
    public String toString() {
        return "Credentials[…]";
    }
}
