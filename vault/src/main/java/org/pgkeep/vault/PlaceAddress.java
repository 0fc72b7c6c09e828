package org.pgkeep.vault;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Where objects are kept, in words: {@code /srv/vault}, {@code file:///srv/vault}, {@code
 * s3://bucket/prefix?region=eu-central-1}, {@code azblob://container/prefix?account=shop}, {@code
 * gcs://bucket/prefix}. Never holds a secret: what opens a place comes from the environment, from
 * the files its vendor's tools use, or from the file that the option {@code credentials} names. So
 * an address may stand in documents, settings, logs and messages as it is.
 *
 * @param kind what kind of place
 * @param container the bucket or container; of a {@link Kind#FILE} place the folder's absolute path
 * @param prefix begins every object's name there, without '/' at its ends; empty for none, and
 *     always for a {@link Kind#FILE} place
 * @param options by name, sorted; only such as the kind knows
 */
public record PlaceAddress(
        Kind kind, String container, String prefix, Map<String, String> options) {
    /** The kinds of place. */
    public enum Kind {
        /** A folder of this machine. */
        FILE("file", ""),
        /** A bucket of Amazon S3, or of whatever speaks its protocol. */
        S3("s3", "credentials endpoint object-lock profile region style"),
        /** A container of Azure Blob Storage. */
        AZBLOB("azblob", "account credentials endpoint"),
        /** A bucket of Google Cloud Storage. */
        GCS("gcs", "credentials endpoint");

        /** Options of every kind: bytes per second that go there, and that come from there. */
        private static final String ALWAYS = "download upload";

        private final String scheme;
        private final String own;

        Kind(String scheme, String own) {
            this.scheme = scheme;
            this.own = own;
        }

        /** How its addresses begin, without {@code ://}. */
        public String scheme() {
            return scheme;
        }

        /** The names of its options, sorted. */
        private List<String> known() {
            return Stream.of((own + " " + ALWAYS).strip().split(" ")).sorted().toList();
        }
    }

    private static final Pattern SCHEME = Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*):");
    private static final Pattern CONTAINER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Pattern PREFIX =
            Pattern.compile("(?!\\.{1,2}(/|$))[\\w.-]+(/(?!\\.{1,2}(/|$))[\\w.-]+)*");

    /** Object names have up to 255 characters, and places take 1,024 together. */
    private static final int PREFIX_CHARACTERS_MAX = 500;

    private static final Pattern SECRET =
            Pattern.compile("(?i).*(key|secret|token|sas|sig|signature|passw|pwd).*");

    private static final String EXAMPLES =
            "write a folder's absolute path, file:///DIR, s3://BUCKET/PREFIX,"
                    + " azblob://CONTAINER/PREFIX or gcs://BUCKET/PREFIX";

    /** Refuses what is no address with a {@code BAD_ARGUMENT}. */
    public PlaceAddress {
        options = Collections.unmodifiableMap(new TreeMap<>(options));
        if (kind == Kind.FILE) {
            if (!container.startsWith("/") || container.indexOf('\0') >= 0 || !prefix.isEmpty()) {
                throw bad("\"" + container + "\" is no absolute path", EXAMPLES);
            }
        } else if (!CONTAINER.matcher(container).matches()) {
            throw bad("\"" + container + "\" can't be the name of a bucket or container", EXAMPLES);
        }
        if (!prefix.isEmpty()
                && (prefix.length() > PREFIX_CHARACTERS_MAX || !PREFIX.matcher(prefix).matches())) {
            throw bad(
                    "\"" + prefix + "\" can't begin the names of objects",
                    "use letters, digits, '.', '_' and '-', in parts joined by '/'");
        }
        for (String name : options.keySet()) {
            if (!kind.known().contains(name)) {
                throw bad(
                        "an address of kind " + kind.scheme() + " has no option \"" + name + "\"",
                        SECRET.matcher(name).matches()
                                ? noSecrets()
                                : "its options are: " + String.join(", ", kind.known()));
            }
        }
    }

    /** The folder of this machine. */
    public static PlaceAddress of(Path folder) {
        return new PlaceAddress(
                Kind.FILE, folder.toAbsolutePath().normalize().toString(), "", Map.of());
    }

    /**
     * Reads an address.
     *
     * @throws Failure {@code BAD_ARGUMENT}; the message repeats no text that may be a secret
     */
    public static PlaceAddress parse(String text) {
        if (text.startsWith("/")) {
            return of(Path.of(text));
        }
        var scheme = SCHEME.matcher(text);
        if (!scheme.find()) {
            throw bad("an address needs its kind, or has to be an absolute path", EXAMPLES);
        }
        Kind kind = kind(scheme.group(1));
        int question = text.indexOf('?');
        String options = question < 0 ? "" : text.substring(question + 1);
        String body = text.substring(scheme.end(), question < 0 ? text.length() : question);
        if (kind == Kind.FILE) {
            String path = decoded(body.startsWith("//") ? body.substring(2) : body);
            if (!path.startsWith("/")) {
                throw bad("a file: address has to name an absolute path", "write file:///DIR");
            }
            return new PlaceAddress(
                    kind, Path.of(path).normalize().toString(), "", options(options));
        }
        if (!body.startsWith("//")) {
            throw bad("\"//\" is missing behind " + kind.scheme() + ":", EXAMPLES);
        }
        if (body.indexOf('@') >= 0) {
            throw bad("an address holds no user and no password", noSecrets());
        }
        int slash = body.indexOf('/', 2);
        String container = slash < 0 ? body.substring(2) : body.substring(2, slash);
        String prefix = slash < 0 ? "" : body.substring(slash).replaceAll("^/+|/+$", "");
        return new PlaceAddress(kind, container, prefix, options(options));
    }

    private static Kind kind(String scheme) {
        for (Kind kind : Kind.values()) {
            if (kind.scheme().equals(scheme.toLowerCase(Locale.ROOT))) {
                return kind;
            }
        }
        throw bad("there is no kind of place called \"" + scheme + "\"", EXAMPLES);
    }

    private static Map<String, String> options(String text) {
        Map<String, String> options = new TreeMap<>();
        for (String pair : text.isEmpty() ? List.<String>of() : List.of(text.split("&", -1))) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw bad("an option of an address is written NAME=VALUE", noSecrets());
            }
            String name = pair.substring(0, equals);
            if (options.put(name, decoded(pair.substring(equals + 1))) != null) {
                throw bad("the option \"" + name + "\" stands twice in the address", "keep one");
            }
        }
        return options;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "a '%' in the address is not followed by two hexadecimal digits",
                    "write %25 for a '%'",
                    e);
        }
    }

    private static Failure bad(String message, String hint) {
        return new Failure(Code.BAD_ARGUMENT, message, hint);
    }

    private static String noSecrets() {
        return "secrets don't belong into an address: set the variables of the place's own tools,"
                + " or name a file with credentials=FILE";
    }

    /** An option's value. */
    public Optional<String> option(String name) {
        return Optional.ofNullable(options.get(name));
    }

    /** The folder of a {@link Kind#FILE} place. */
    public Path folder() {
        if (kind != Kind.FILE) {
            throw new IllegalStateException(this + " is no folder");
        }
        return Path.of(container);
    }

    /** The address as {@link #parse} reads it; a folder without options is its path. */
    public String text() {
        String pairs =
                options.entrySet().stream()
                        .map(option -> option.getKey() + "=" + encoded(option.getValue()))
                        .collect(Collectors.joining("&"));
        String query = pairs.isEmpty() ? "" : "?" + pairs;
        if (kind == Kind.FILE) {
            return query.isEmpty() ? container : "file://" + encoded(container) + query;
        }
        return kind.scheme() + "://" + container + (prefix.isEmpty() ? "" : "/" + prefix) + query;
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/")
                .replace("%3A", ":");
    }

    @Override
    public String toString() {
        return text();
    }
}
