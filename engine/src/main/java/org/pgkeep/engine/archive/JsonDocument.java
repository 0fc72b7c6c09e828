package org.pgkeep.engine.archive;

import java.time.DateTimeException;
import java.util.function.Function;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the sealed JSON documents of an archive have in common: a format, and two ways to fail. */
final class JsonDocument {
    private static final JsonMapper JSON = new JsonMapper();

    private JsonDocument() {}

    /** A document without fields but its format. */
    static ObjectNode of(int format) {
        return JSON.createObjectNode().put("format", format);
    }

    static byte[] encode(ObjectNode json) {
        return JSON.writeValueAsBytes(json);
    }

    /**
     * Reads a document.
     *
     * @param what it is, with its article
     * @param newest the newest format that can be read
     * @param fields takes its fields; may throw what Jackson, parsers of words and dates throw
     * @throws Failure NEWER_FORMAT, DAMAGED_OBJECT
     */
    static <T> T decode(byte[] content, String what, int newest, Function<JsonNode, T> fields) {
        try {
            JsonNode json = JSON.readTree(content);
            int format = json.required("format").asInt();
            if (format > newest) {
                throw new Failure(
                        Code.NEWER_FORMAT,
                        what + " has format " + format + ", this pgkeep reads " + newest,
                        "use the pgkeep that wrote it, or a newer one");
            }
            return fields.apply(json);
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new Failure(
                    Code.DAMAGED_OBJECT,
                    what + " can't be read: " + e.getMessage(),
                    "it opened with the right key, so a defect wrote it: please report it",
                    e);
        }
    }
}
