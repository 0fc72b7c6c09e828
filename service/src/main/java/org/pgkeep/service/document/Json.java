package org.pgkeep.service.document;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes and reads documents: times in ISO 8601 UTC, absent values as null. */
public final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final JsonMapper PRETTY =
            MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** A document on one line. */
    public static String line(Object document) {
        return MAPPER.writeValueAsString(document);
    }

    /** A document for people. */
    public static String pretty(Object document) {
        return PRETTY.writeValueAsString(document) + "\n";
    }

    /** A document without a key. */
    public static JsonNode emptyObject() {
        return MAPPER.createObjectNode();
    }

    /** A document as a tree. */
    public static JsonNode tree(Object document) {
        return MAPPER.valueToTree(document);
    }

    /**
     * Reads a document.
     *
     * @throws tools.jackson.core.JacksonException if the text is not one, or has unknown keys
     */
    public static <T> T read(String text, Class<T> type) {
        return MAPPER.readValue(text, type);
    }

    /**
     * Reads any document.
     *
     * @throws tools.jackson.core.JacksonException if the text is no JSON
     */
    public static JsonNode read(String text) {
        return MAPPER.readTree(text);
    }
}
