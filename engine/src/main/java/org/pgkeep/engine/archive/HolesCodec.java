package org.pgkeep.engine.archive;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.Hole;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The list of holes as JSON; {@code docs/format.md} lists its fields. */
final class HolesCodec {
    private static final int FORMAT = 1;

    private HolesCodec() {}

    static byte[] encode(List<Hole> holes) {
        ObjectNode json = JsonDocument.of(FORMAT);
        ArrayNode list = json.putArray("holes");
        for (Hole hole : holes) {
            ObjectNode each = list.addObject();
            each.put("timeline", hole.timeline().value());
            each.put("from", hole.from().toString());
            each.put("to", hole.to().toString());
            each.put("cause", hole.cause());
            hole.noticedAt().ifPresent(at -> each.put("noticedAt", at.toString()));
        }
        return JsonDocument.encode(json);
    }

    static List<Hole> decode(byte[] content) {
        return JsonDocument.decode(content, "a list of holes", FORMAT, HolesCodec::fields);
    }

    private static List<Hole> fields(JsonNode json) {
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
    }
}
