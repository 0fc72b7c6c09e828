package org.pgkeep.service.keep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a gigabyte (10^9 bytes) costs in a month.
 *
 * @param currency for people
 * @param tiers the price in each tier
 * @param otherwise the price in tiers that are not named
 */
public record Prices(String currency, Map<Integer, Double> tiers, double otherwise) {
    /** Nobody said what it costs. */
    public static final Prices NONE = new Prices("", Map.of(), 0);

    private static final double GIGABYTE = 1e9;

    public Prices {
        tiers = java.util.Collections.unmodifiableMap(new TreeMap<>(tiers));
    }

    /**
     * Reads a price list: {@code {"currency": "EUR", "perGbMonth": {"1": 0.095, "default": 0.02}}}.
     * None where there is no such file.
     *
     * @throws Failure BAD_ARGUMENT if it is none
     */
    public static Prices read(Path file) {
        if (!Files.exists(file)) {
            return NONE;
        }
        try {
            JsonNode json = Json.read(Files.readString(file));
            Map<Integer, Double> tiers = new TreeMap<>();
            double otherwise = 0;
            for (Map.Entry<String, JsonNode> each : json.path("perGbMonth").properties()) {
                double price = each.getValue().asDouble();
                if (price < 0) {
                    throw new IllegalArgumentException("a negative price");
                }
                if (each.getKey().equals("default")) {
                    otherwise = price;
                } else {
                    tiers.put(Integer.valueOf(each.getKey()), price);
                }
            }
            return new Prices(json.path("currency").asString(""), tiers, otherwise);
        } catch (JacksonException | IllegalArgumentException | IOException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "the price list " + file + " can't be read: " + e.getMessage(),
                    "write it like {\"currency\": \"EUR\", \"perGbMonth\": {\"1\": 0.095,"
                            + " \"default\": 0.02}}",
                    e);
        }
    }

    /** The same with a price that a tier itself tells. */
    Prices with(int tier, double price) {
        Map<Integer, Double> all = new TreeMap<>(tiers);
        all.put(tier, price);
        return new Prices(currency, all, otherwise);
    }

    /** What so many bytes cost in a month, to a hundredth of a cent. */
    double of(int tier, long bytes) {
        double price = tiers.getOrDefault(tier, otherwise);
        return Math.round(Math.max(0, bytes) / GIGABYTE * price * 10_000) / 10_000.0;
    }
}
