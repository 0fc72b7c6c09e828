package org.pgkeep.engine.archive;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.Hole;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The list of holes as JSON; {@code docs/format.md} lists its fields. */
final class HolesCodec {
    private static final int FORMAT = 1;
    private static final JsonMapper JSON = new JsonMapper();

    private HolesCodec() {}

    static byte[] encode(List<Hole> holes) {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        ArrayNode list = json.putArray("holes");
        for (Hole hole : holes) {
            ObjectNode each = list.addObject();
            each.put("timeline", hole.timeline().value());
            each.put("from", hole.from().toString());
            each.put("to", hole.to().toString());
            each.put("cause", hole.cause());
            hole.noticedAt().ifPresent(at -> each.put("noticedAt", at.toString()));
        }
        return JSON.writeValueAsBytes(json);
    }

    static List<Hole> decode(byte[] content) {
        try {
            JsonNode json = JSON.readTree(content);
            int format = json.required("format").asInt();
            if (format > FORMAT) {
                throw new Failure(
                        Code.NEWER_FORMAT,
                        "a list of holes has format " + format + ", this pgkeep reads " + FORMAT,
                        "use the pgkeep that wrote it, or a newer one");
            }
            List<Hole> holes = new ArrayList<>();
            for (JsonNode each : json.required("holes")) {
                holes.add(
                        new Hole(
                                new TimelineId(each.required("timeline").asInt()),
                                Lsn.parse(each.required("from").asString()),
                                Lsn.parse(each.required("to").asString()),
                                each.required("cause").asString(),
                                Optional.ofNullable(each.get("noticedAt"))
                                        .map(at -> Instant.parse(at.asString()))));
            }
            return holes;
        } catch (JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            throw new Failure(
                    Code.DAMAGED_OBJECT,
                    "a list of holes can't be read: " + e.getMessage(),
                    "it opened with the right key, so a defect wrote it: please report it",
                    e);
        }
    }
}
