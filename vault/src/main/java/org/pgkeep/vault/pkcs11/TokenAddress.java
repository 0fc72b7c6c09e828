package org.pgkeep.vault.pkcs11;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Which key of which token, as RFC 7512 writes it: {@code
 * pkcs11:object=LABEL;slot-id=N?module-path=LIBRARY&pin-source=file:FILE}.
 *
 * @param object the key's label in its token
 * @param slot the slot the token is in; empty for the first one
 * @param module the library that leads to the token
 * @param pinFile the file whose first line is the PIN; empty for a token that needs none
 */
public record TokenAddress(String object, OptionalLong slot, Path module, Optional<Path> pinFile) {
    /** What such an address begins with. */
    public static final String SCHEME = "pkcs11:";

    /**
     * Reads an address.
     *
     * @throws Failure BAD_ARGUMENT
     */
    public static TokenAddress parse(String text) {
        if (!text.startsWith(SCHEME)) {
            throw bad("\"" + text + "\" is no address of a key in a token");
        }
        String rest = text.substring(SCHEME.length());
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        Map<String, String> words = new LinkedHashMap<>();
        attributes(path, ";", Set.of("object", "slot-id"), words);
        if (query >= 0) {
            Set<String> known = Set.of("module-path", "pin-source");
            attributes(rest.substring(query + 1), "&", known, words);
        }
        String object = needed(words, "object");
        Path module = Path.of(needed(words, "module-path"));
        OptionalLong slot = OptionalLong.empty();
        if (words.containsKey("slot-id")) {
            try {
                slot = OptionalLong.of(Long.parseLong(needed(words, "slot-id")));
            } catch (NumberFormatException e) {
                throw bad("slot-id is no number");
            }
        }
        Optional<Path> pinFile =
                Optional.ofNullable(words.get("pin-source"))
                        .map(source -> Path.of(source.replaceFirst("^file:(//)?", "")));
        return new TokenAddress(object, slot, module, pinFile);
    }

    /** What stands in the envelope: which key, and not the way to it on one machine. */
    String lasting() {
        return SCHEME + "object=" + object;
    }

    private static void attributes(
            String text, String separator, Set<String> known, Map<String, String> into) {
        for (String word : text.split(separator, -1)) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (!known.contains(name) || into.containsKey(name)) {
                throw bad(
                        "\""
                                + name
                                + "\" is not one of "
                                + String.join(", ", new TreeSet<>(known)));
            }
            String value = word.substring(equals + 1).replace("+", "%2B");
            try {
                into.put(name, URLDecoder.decode(value, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw bad("\"" + name + "\" has a % without two digits behind it");
            }
        }
    }

    private static String needed(Map<String, String> words, String name) {
        return Optional.ofNullable(words.get(name))
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> bad("the key's address has no " + name));
    }

    private static Failure bad(String message) {
        return new Failure(
                Code.BAD_ARGUMENT,
                message,
                "write it like pkcs11:object=LABEL;slot-id=N?module-path=/usr/lib/softhsm/"
                        + "libsofthsm2.so&pin-source=file:/etc/pgkeep/pin");
    }
}
