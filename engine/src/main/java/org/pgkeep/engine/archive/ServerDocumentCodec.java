package org.pgkeep.engine.archive;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.PostgresVersion;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The server document as JSON; {@code docs/format.md} lists its fields. */
final class ServerDocumentCodec {
    private static final int FORMAT = 1;
    private static final JsonMapper JSON = new JsonMapper();

    private ServerDocumentCodec() {}

    static byte[] encode(ServerDocument document) {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        json.put("id", document.id().toString());
        json.put("namespace", document.namespace());
        json.put("name", document.name());
        json.put("version", document.version().text());
        json.put("systemIdentifier", document.systemIdentifier());
        json.put("walSegmentBytes", document.walSegmentBytes());
        json.put("createdAt", document.createdAt().toString());
        document.deletedAt().ifPresent(at -> json.put("deletedAt", at.toString()));
        ObjectNode settings = json.putObject("settings");
        document.settings().forEach(settings::put);
        return JSON.writeValueAsBytes(json);
    }

    static ServerDocument decode(byte[] content) {
        try {
            JsonNode json = JSON.readTree(content);
            int format = json.required("format").asInt();
            if (format > FORMAT) {
                throw new Failure(
                        Code.NEWER_FORMAT,
                        "a server document has format " + format + ", this pgkeep reads " + FORMAT,
                        "use the pgkeep that wrote it, or a newer one");
            }
            Map<String, String> settings = new TreeMap<>();
            json.required("settings")
                    .properties()
                    .forEach(each -> settings.put(each.getKey(), each.getValue().asString()));
            return new ServerDocument(
                    ServerId.parse(json.required("id").asString()),
                    json.required("namespace").asString(),
                    json.required("name").asString(),
                    PostgresVersion.parse(json.required("version").asString()),
                    json.required("systemIdentifier").asString(),
                    json.required("walSegmentBytes").asInt(),
                    Instant.parse(json.required("createdAt").asString()),
                    Optional.ofNullable(json.get("deletedAt"))
                            .map(at -> Instant.parse(at.asString())),
                    settings);
        } catch (JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            throw new Failure(
                    Code.DAMAGED_OBJECT,
                    "a server document can't be read: " + e.getMessage(),
                    "it opened with the right key, so a defect wrote it: please report it",
                    e);
        }
    }
}
