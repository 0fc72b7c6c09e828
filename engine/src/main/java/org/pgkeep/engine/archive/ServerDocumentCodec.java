package org.pgkeep.engine.archive;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.PostgresVersion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The server document as JSON; {@code docs/format.md} lists its fields. */
final class ServerDocumentCodec {
    private static final int FORMAT = 1;

    private ServerDocumentCodec() {}

    static byte[] encode(ServerDocument document) {
        ObjectNode json = JsonDocument.of(FORMAT);
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
        return JsonDocument.encode(json);
    }

    static ServerDocument decode(byte[] content) {
        return JsonDocument.decode(
                content, "a server document", FORMAT, ServerDocumentCodec::fields);
    }

    private static ServerDocument fields(JsonNode json) {
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
                Optional.ofNullable(json.get("deletedAt")).map(at -> Instant.parse(at.asString())),
                settings);
    }
}
