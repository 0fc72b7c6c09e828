package org.pgkeep.vault;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.crypto.SecretKey;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The versions of the list of tiers. Clear, so that whoever opens one place learns of the others
 * without a key; sealed as the vault document is, so that nobody without a key can send a reader
 * elsewhere.
 */
final class TiersDocument {
    private static final String CHECK = "seal";
    private static final String PURPOSE = "pgkeep tiers v1";
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private TiersDocument() {}

    /** A list that was read, and is believed only after {@link #verify}. */
    record Unverified(TierList list, int generation, ClearDocument json) {
        TierList verify(Keyring keys) {
            SecretKey key =
                    keys.derive(generation, PURPOSE).orElseThrow(() -> KeySafe.lacks(generation));
            json.check(CHECK, hmac(key));
            return list;
        }
    }

    /** The newest version there is; empty if none was ever stored. */
    static Optional<Unverified> read(ObjectStore store) {
        Optional<ObjectName> newest =
                store.list(Names.TIERS_PREFIX).stream()
                        .map(StoredObject::name)
                        .filter(name -> Names.tiersVersion(name).isPresent())
                        .max(ObjectName::compareTo);
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        ObjectName name = newest.get();
        byte[] bytes =
                store.range(name, 0, ClearDocument.BYTES_MAX + 1)
                        .orElseThrow(() -> Damage.missing(name.text()));
        return Optional.of(parse(name, bytes));
    }

    /** A document of that name. */
    static Unverified parse(ObjectName name, byte[] bytes) {
        ClearDocument json = ClearDocument.parse(name, bytes, "tiers");
        int version = json.number("version", 1, Names.VERSION_MAX);
        if (!Names.tiers(version).equals(name)) {
            throw Damage.of(name.text(), "it was stored under another name");
        }
        int generation = json.number("generation", 1, Integer.MAX_VALUE);
        List<TierSettings> tiers = new ArrayList<>();
        try {
            for (JsonNode tier : json.value("tiers")) {
                tiers.add(tier(tier));
            }
            return new Unverified(new TierList(version, tiers), generation, json);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw Damage.of(name.text(), "it describes a tier that can't be", e);
        }
    }

    /**
     * Stores the next version. One object, one step: after a crash the new list counts, or the old
     * one.
     *
     * @throws Failure WRONG_STATE if somebody else stored that version meanwhile
     */
    static TierList put(ObjectStore store, Keyring keys, VaultId vault, TierList next) {
        ObjectName name = Names.tiers(next.version());
        byte[] bytes = encode(keys, vault, next);
        if (bytes.length > ClearDocument.BYTES_MAX) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "the list of tiers is too long to be stored",
                    "use fewer tiers, or shorter addresses");
        }
        if (store.putIfAbsent(name, bytes) == PutOutcome.EXISTS) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "somebody else changed the vault's tiers at the same time",
                    "look at them with: pgkeep vault tier list; then say it again");
        }
        return next;
    }

    private static byte[] encode(Keyring keys, VaultId vault, TierList list) {
        int generation = keys.newest();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("pgkeep", "tiers");
        members.put("format", ClearDocument.FORMAT);
        members.put("version", list.version());
        members.put("vault", vault.toString());
        members.put("tiers", new Raw(JSON.writeValueAsString(maps(list.tiers()))));
        members.put("generation", generation);
        return ClearDocument.write(
                members, CHECK, hmac(keys.derive(generation, PURPOSE).orElseThrow()));
    }

    private static List<Map<String, Object>> maps(List<TierSettings> tiers) {
        List<Map<String, Object>> maps = new ArrayList<>();
        for (TierSettings tier : tiers) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("name", tier.name());
            map.put("redundancy", tier.redundancy().word());
            map.put("places", tier.places());
            TierKeep keep = tier.keep();
            keep.retentionMin().ifPresent(span -> map.put("retentionMinSeconds", span.toSeconds()));
            keep.retentionMax().ifPresent(span -> map.put("retentionMaxSeconds", span.toSeconds()));
            map.put("weekly", keep.weekly());
            map.put("monthly", keep.monthly());
            map.put("yearly", keep.yearly());
            tier.pricePerGbMonth()
                    .ifPresent(price -> map.put("pricePerGbMonth", price.toPlainString()));
            maps.add(map);
        }
        return maps;
    }

    private static TierSettings tier(JsonNode node) {
        List<String> places = new ArrayList<>();
        node.path("places").forEach(place -> places.add(place.asString()));
        Redundancy redundancy =
                Redundancy.of(node.path("redundancy").asString())
                        .orElseThrow(() -> new IllegalArgumentException("no redundancy"));
        TierKeep keep =
                new TierKeep(
                        span(node, "retentionMinSeconds"),
                        span(node, "retentionMaxSeconds"),
                        node.path("weekly").asInt(0),
                        node.path("monthly").asInt(0),
                        node.path("yearly").asInt(0));
        Optional<BigDecimal> price =
                node.has("pricePerGbMonth")
                        ? Optional.of(new BigDecimal(node.path("pricePerGbMonth").asString()))
                        : Optional.empty();
        return new TierSettings(node.path("name").asString(), redundancy, places, keep, price);
    }

    private static Optional<Duration> span(JsonNode node, String member) {
        return node.has(member)
                ? Optional.of(Duration.ofSeconds(node.path(member).asLong()))
                : Optional.empty();
    }

    private static UnaryOperator<byte[]> hmac(SecretKey key) {
        return VaultDocument.hmac(key);
    }

    /** Text that is JSON already. */
    private record Raw(String json) {
        @Override
        public String toString() {
            return json;
        }
    }
}
