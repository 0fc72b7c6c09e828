package org.pgkeep.service.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The JSON object of a request, read strictly: an unknown key is an error, not a wish that is lost
 * without a word.
 */
final class Body {
    private final JsonNode object;
    private final String path;

    private Body(JsonNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /**
     * Reads a request's body; an empty one is an object without keys.
     *
     * @param keys the keys it may have
     * @throws Failure {@code BAD_ARGUMENT}
     */
    static Body of(String text, Set<String> keys) {
        JsonNode node;
        try {
            node = text.isBlank() ? Json.emptyObject() : Json.read(text);
        } catch (JacksonException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "the request's body is no JSON: " + e.getOriginalMessage(),
                    "see openapi.yaml for what it may be",
                    e);
        }
        return new Body(node, "").withKeys(keys);
    }

    private Body withKeys(Set<String> keys) {
        if (!object.isObject()) {
            throw bad((path.isEmpty() ? "the request's body" : path) + " is no JSON object");
        }
        Set<String> unknown = new TreeSet<>(object.propertyNames());
        unknown.removeAll(keys);
        if (!unknown.isEmpty()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "unknown: " + path + String.join(", ", unknown),
                    "known are " + String.join(", ", new TreeSet<>(keys)));
        }
        return this;
    }

    private static Failure bad(String message) {
        return new Failure(
                Code.BAD_ARGUMENT, message, "see openapi.yaml for what the request may hold");
    }

    /** Whether the key is there, with something else than null and false. */
    boolean has(String key) {
        JsonNode value = object.path(key);
        return !value.isMissingNode()
                && !value.isNull()
                && !(value.isBoolean() && !value.asBoolean());
    }

    /**
     * The text or number under a key.
     *
     * @throws Failure {@code BAD_ARGUMENT} when it is missing
     */
    String text(String key) {
        return optionalText(key).orElseThrow(() -> bad("\"" + path + key + "\" is missing"));
    }

    /** The text or number under a key, if it is there. */
    Optional<String> optionalText(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = object.path(key);
        if (!value.isString() && !value.isNumber()) {
            throw bad("\"" + path + key + "\" is no text");
        }
        return Optional.of(value.asString());
    }

    /** The whole number under a key, if it is there. */
    Optional<Long> optionalNumber(String key) {
        return optionalText(key)
                .map(text -> {
                    try {
                        return Long.valueOf(text.strip());
                    } catch (NumberFormatException e) {
                        throw bad("\"" + path + key + "\" is no whole number: " + text);
                    }
                });
    }

    /** Whether the key says true; false if it is not there. */
    boolean flag(String key) {
        JsonNode value = object.path(key);
        if (has(key) && !value.isBoolean()) {
            throw bad("\"" + path + key + "\" is neither true nor false");
        }
        return has(key);
    }

    /** The megabytes a second under a key, if they are there. */
    Optional<Integer> rate(String key) {
        return optionalNumber(key)
                .map(number -> {
                    if (number < 1 || number > 99_999) {
                        throw new Failure(
                                Code.BAD_ARGUMENT,
                                number + " MB a second is no rate",
                                "choose one from 1 to 99999, or leave it out");
                    }
                    return number.intValue();
                });
    }

    /** The port under a key, if it is there. */
    Optional<Integer> optionalPort(String key) {
        return optionalNumber(key)
                .map(number -> {
                    if (number < 1 || number > 65_535) {
                        throw new Failure(
                                Code.BAD_ARGUMENT,
                                number + " is no port",
                                "choose one from 1024 to 65535");
                    }
                    return number.intValue();
                });
    }

    /**
     * The object under a key.
     *
     * @throws Failure {@code BAD_ARGUMENT} when it is missing or has unknown keys
     */
    Body object(String key, Set<String> keys) {
        if (!has(key)) {
            throw bad("\"" + path + key + "\" is missing");
        }
        return new Body(object.path(key), path + key + ".").withKeys(keys);
    }

    /** The keys and plain values of the object under a key; none where it is missing. */
    Map<String, String> texts(String key) {
        Map<String, String> texts = new TreeMap<>();
        if (!has(key)) {
            return texts;
        }
        if (!object.path(key).isObject()) {
            throw bad("\"" + path + key + "\" is no JSON object");
        }
        for (Map.Entry<String, JsonNode> each : object.path(key).properties()) {
            if (!each.getValue().isValueNode()) {
                throw bad("\"" + path + key + "." + each.getKey() + "\" is no plain value");
            }
            if (!each.getValue().isNull()) {
                texts.put(each.getKey(), each.getValue().asString());
            }
        }
        return texts;
    }

    /** The texts of the array under a key; none where it is missing. */
    List<String> list(String key) {
        List<String> texts = new ArrayList<>();
        if (!has(key)) {
            return texts;
        }
        if (!object.path(key).isArray()) {
            throw bad("\"" + path + key + "\" is no JSON array");
        }
        for (JsonNode each : object.path(key)) {
            if (!each.isString()) {
                throw bad("\"" + path + key + "\" holds something else than texts");
            }
            texts.add(each.asString());
        }
        return texts;
    }

    /** The one key that is there. */
    String only(String hint) {
        Set<String> there = new TreeSet<>();
        for (String key : object.propertyNames()) {
            if (has(key)) {
                there.add(key);
            }
        }
        if (there.size() != 1) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    there.isEmpty()
                            ? "it is not said where to restore to"
                            : "where to restore to is said more than once: "
                                    + String.join(", ", there),
                    hint);
        }
        return there.iterator().next();
    }
}
