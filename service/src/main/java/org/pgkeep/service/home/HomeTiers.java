package org.pgkeep.service.home;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierSettings;

/**
 * What the home remembers of the vault's tiers: where to find the vault at the next start, and
 * where else it is should the first tier be lost. The vault has the truth; this is read only to get
 * there.
 *
 * <p>A line {@code tier NAME REDUNDANCY} for each tier, then a line {@code place ADDRESS} for each
 * of its places.
 */
final class HomeTiers {
    private final Home home;

    HomeTiers(Home home) {
        this.home = home;
    }

    /** The tiers; empty when the vault is where homes have theirs. */
    List<TierSettings> read() {
        if (!Files.exists(home.tiers())) {
            return List.of();
        }
        List<TierSettings> tiers = new ArrayList<>();
        List<String> places = new ArrayList<>();
        String name = "";
        Optional<Redundancy> redundancy = Optional.empty();
        for (String line : DurableFile.read(home.tiers()).lines().toList()) {
            String[] words = line.split(" ", 3);
            if (words[0].equals("tier") && words.length == 3) {
                add(tiers, name, redundancy, places);
                name = words[1];
                redundancy = Redundancy.of(words[2]);
                places.clear();
            } else if (words[0].equals("place")) {
                places.add(line.substring("place ".length()));
            }
        }
        add(tiers, name, redundancy, places);
        return tiers;
    }

    private void add(
            List<TierSettings> tiers,
            String name,
            Optional<Redundancy> redundancy,
            List<String> places) {
        if (places.isEmpty()) {
            return;
        }
        try {
            tiers.add(
                    new TierSettings(
                            name,
                            redundancy.orElseThrow(() -> new IllegalArgumentException("none")),
                            places,
                            TierKeep.AS_SERVERS,
                            Optional.empty()));
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    home.tiers() + " does not tell where the vault is",
                    "remove it, and name the vault's places with --vault",
                    e);
        }
    }

    void write(List<TierSettings> tiers) {
        StringBuilder text = new StringBuilder();
        for (TierSettings tier : tiers) {
            text.append("tier ").append(tier.name()).append(' ');
            text.append(tier.redundancy().word()).append('\n');
            tier.places().forEach(place -> text.append("place ").append(place).append('\n'));
        }
        DurableFile.write(home.tiers(), text.toString());
    }
}
