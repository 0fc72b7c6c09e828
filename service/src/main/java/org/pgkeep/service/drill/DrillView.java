package org.pgkeep.service.drill;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.drill.DrillOutcome;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.RestoreView;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A restore drill.
 *
 * @param id its job's GUID
 * @param server the name of the server whose past was restored
 * @param namespace the namespace of that name
 * @param state as a job's
 * @param timestamp when it was asked for
 * @param targetTime the moment it went back to; null where another target was asked for
 * @param targetLsn behind the last record that is replayed
 * @param backup the name of the backup it started with
 * @param restoreSeconds how long files and WAL took out of the vault
 * @param readySeconds how long it took until the server accepted writes: the recovery time
 * @param atRiskSeconds how much would have been lost at the drill's start: the recovery point; null
 *     where the server's WAL was not being captured
 * @param checks what was checked, and how it was
 * @param error why it failed
 */
public record DrillView(
        String id,
        String server,
        String namespace,
        String state,
        Instant timestamp,
        Optional<String> targetTime,
        Optional<String> targetLsn,
        Optional<String> backup,
        Optional<Double> restoreSeconds,
        Optional<Double> readySeconds,
        Optional<Double> atRiskSeconds,
        List<RestoreView.CheckView> checks,
        Optional<ErrorView> error) {
    public DrillView {
        checks = List.copyOf(checks);
    }

    /** What a drill's job keeps as its result. */
    static JsonNode result(DrillOutcome outcome, Optional<Double> atRiskSeconds) {
        ObjectNode result = (ObjectNode) Json.tree(RestoreView.of(outcome.restored()));
        result.set("checks", Json.tree(outcome.checks().stream().map(RestoreView::check).toList()));
        result.set("atRiskSeconds", Json.tree(atRiskSeconds));
        return result;
    }

    /** The drill that a job was, is or will be. */
    static DrillView of(Job job) {
        JsonNode plan = job.plan().map(Json::read).orElseGet(Json::emptyObject);
        Optional<JsonNode> result =
                job.result().filter(_ -> job.state() == JobState.SUCCEEDED).map(Json::read);
        return new DrillView(
                job.id().toString(),
                job.serverName(),
                job.namespace(),
                job.state().text(),
                job.createdAt(),
                text(plan.path("targetTime")),
                text(plan.path("targetLsn")),
                text(plan.path("snapshot").path("name")),
                result.flatMap(it -> number(it.path("restoreSeconds"))),
                result.flatMap(it -> number(it.path("readySeconds"))),
                result.flatMap(it -> number(it.path("atRiskSeconds"))),
                result.map(it -> checks(it.path("checks"))).orElse(List.of()),
                job.error());
    }

    private static Optional<String> text(JsonNode node) {
        return node.isString() ? Optional.of(node.asString()) : Optional.empty();
    }

    private static Optional<Double> number(JsonNode node) {
        return node.isNumber() ? Optional.of(node.asDouble()) : Optional.empty();
    }

    private static List<RestoreView.CheckView> checks(JsonNode node) {
        return node.valueStream()
                .map(each ->
                        new RestoreView.CheckView(
                                each.path("name").asString(),
                                each.path("ok").asBoolean(),
                                each.path("detail").asString()))
                .toList();
    }
}
