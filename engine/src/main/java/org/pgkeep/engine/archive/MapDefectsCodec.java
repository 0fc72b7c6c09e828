package org.pgkeep.engine.archive;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.pgkeep.engine.MapDefect;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.vault.SnapshotId;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The list of defects of the changed-block map as JSON; {@code docs/format.md} lists its fields.
 */
final class MapDefectsCodec {
    private static final int FORMAT = 1;

    private MapDefectsCodec() {}

    static byte[] encode(List<MapDefect> defects) {
        ObjectNode json = JsonDocument.of(FORMAT);
        ArrayNode list = json.putArray("defects");
        for (MapDefect defect : defects) {
            ObjectNode each = list.addObject();
            each.put("noticedAt", defect.noticedAt().toString());
            each.put("snapshot", defect.snapshot().toString());
            each.put("file", defect.file());
            each.put("block", defect.block());
            each.put("pageLsn", defect.pageLsn().toString());
            each.put("from", defect.from().toString());
            each.put("to", defect.to().toString());
            each.put("what", defect.what());
        }
        return JsonDocument.encode(json);
    }

    static List<MapDefect> decode(byte[] content) {
        return JsonDocument.decode(
                content, "a list of map defects", FORMAT, MapDefectsCodec::fields);
    }

    private static List<MapDefect> fields(JsonNode json) {
        List<MapDefect> defects = new ArrayList<>();
        for (JsonNode each : json.required("defects")) {
            defects.add(
                    new MapDefect(
                            Instant.parse(each.required("noticedAt").asString()),
                            SnapshotId.parse(each.required("snapshot").asString()),
                            each.required("file").asString(),
                            each.required("block").asLong(),
                            Lsn.parse(each.required("pageLsn").asString()),
                            Lsn.parse(each.required("from").asString()),
                            Lsn.parse(each.required("to").asString()),
                            each.required("what").asString()));
        }
        return defects;
    }
}
