package org.pgkeep.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.service.document.BackupView;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.document.JobView;
import org.pgkeep.service.document.KeyView;
import org.pgkeep.service.document.MomentView;
import org.pgkeep.service.document.PlanView;
import org.pgkeep.service.document.RangeView;
import org.pgkeep.service.document.ServerView;
import org.pgkeep.service.document.StatusView;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.document.UsageView;
import org.pgkeep.service.drill.DrillView;
import org.pgkeep.service.rest.RestApi;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The contract says what the service does, no more and no less. */
class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    @Test
    void describesEveryRouteAndNoOther() throws Exception {
        List<RestApi.Route> described = new ArrayList<>();
        for (var path : contract().path("paths").properties()) {
            for (String method : path.getValue().propertyNames()) {
                if (METHODS.contains(method)) {
                    described.add(
                            new RestApi.Route(method.toUpperCase(Locale.ROOT), path.getKey()));
                }
            }
        }
        try (TestHome home = new TestHome()) {
            assertThat(home.start().routes()).containsExactlyInAnyOrderElementsOf(described);
        }
    }

    static Stream<Arguments> documents() {
        return Stream.of(
                Arguments.of("Status", StatusView.class),
                Arguments.of("Server", ServerView.class),
                Arguments.of("Range", RangeView.class),
                Arguments.of("Moment", MomentView.class),
                Arguments.of("Backup", BackupView.class),
                Arguments.of("Plan", PlanView.class),
                Arguments.of("Commit", PlanView.CommitView.class),
                Arguments.of("Job", JobView.class),
                Arguments.of("Key", KeyView.class),
                Arguments.of("Rotated", KeyView.Rotated.class),
                Arguments.of("Sweep", SweepView.class),
                Arguments.of("SweepLine", SweepView.Line.class),
                Arguments.of("Usage", UsageView.class),
                Arguments.of("Drill", DrillView.class),
                Arguments.of("Error", ErrorView.class));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void describesEveryKeyOfADocumentInOrder(String schema, Class<? extends Record> document)
            throws Exception {
        List<String> described =
                List.copyOf(
                        contract()
                                .at("/components/schemas/" + schema + "/properties")
                                .propertyNames());
        List<String> written =
                Arrays.stream(Objects.requireNonNull(document.getRecordComponents()))
                        .map(RecordComponent::getName)
                        .toList();
        assertThat(described).containsExactlyElementsOf(written);
    }

    @Test
    void everyReferenceLeadsSomewhere() throws Exception {
        JsonNode contract = contract();
        List<String> references = new ArrayList<>();
        collect(contract, references);
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference ->
                        assertThat(contract.at(reference.substring(1)).isMissingNode())
                                .as(reference)
                                .isFalse());
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.has("$ref")) {
            references.add(node.path("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }

    private static JsonNode contract() throws IOException {
        try (InputStream file = Service.class.getResourceAsStream("/openapi.yaml")) {
            return new YAMLMapper().readTree(Objects.requireNonNull(file));
        }
    }
}
