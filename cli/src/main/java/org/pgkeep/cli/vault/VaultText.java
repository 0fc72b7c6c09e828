package org.pgkeep.cli.vault;

import java.util.List;
import java.util.stream.Collectors;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Table;

/** The vault as people read it. */
public final class VaultText {
    private VaultText() {}

    /** The vault with its tiers and their places. */
    public static String facts(Json vault) {
        return new Facts(0)
                        .add("Vault", vault.at("id").shown())
                        .add("Path", vault.at("path").shown())
                        .add("Made", vault.at("createdAt").shown())
                        .text()
                + "\n"
                + tiers(vault.at("tiers").items())
                + "\n"
                + places(vault.at("tiers").items());
    }

    /** The table of {@code vault tier list}. */
    public static String tiers(List<Json> tiers) {
        Table table =
                new Table("Tier", "Name", "Redundancy", "State", "Lag", "Complete at", "Reason");
        for (Json tier : tiers) {
            table.row(
                    tier.at("tier").shown(),
                    tier.at("name").shown(),
                    tier.at("redundancy").shown(),
                    tier.at("state").shown(),
                    tier.at("lagObjects").shown() + " objects",
                    tier.at("completeAt").shown(),
                    tier.at("reason").shown());
        }
        return table.text();
    }

    private static String places(List<Json> tiers) {
        Table table = new Table("Tier", "Location", "Place", "State", "Last contact", "Lacking");
        for (Json tier : tiers) {
            for (Json place : tier.at("locations").items()) {
                table.row(
                        tier.at("tier").shown(),
                        place.at("location").shown(),
                        place.at("place").shown(),
                        place.at("state").shown(),
                        place.at("lastContact").shown(),
                        place.at("lagObjects").shown());
            }
        }
        return table.text();
    }

    /** A row of texts. */
    static Json texts(List<String> values) {
        return new Json.Items(values.stream().map(Json::text).collect(Collectors.toList()));
    }
}
