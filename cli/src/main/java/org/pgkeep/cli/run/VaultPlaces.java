package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the vault is, as it is said at a start.
 *
 * @param places folders and addresses; empty for what the home knows
 * @param redundancy of a new vault
 * @param promote the tier that takes the lost first one's place
 */
record VaultPlaces(List<String> places, Optional<String> redundancy, Optional<Integer> promote) {
    VaultPlaces {
        places = places.stream().map(VaultPlaces::absolute).toList();
    }

    /** The one folder, when nothing else was said: kept as a link in the home. */
    Optional<Path> folder() {
        return places.size() == 1 && redundancy.isEmpty() && places.getFirst().startsWith("/")
                ? Optional.of(Path.of(places.getFirst()))
                : Optional.empty();
    }

    /** The options that say the same. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        places.forEach(place -> words.addAll(List.of("--vault", place)));
        redundancy.ifPresent(word -> words.addAll(List.of("--redundancy", word)));
        promote.ifPresent(number -> words.addAll(List.of("--promote", number.toString())));
        return words;
    }

    private static String absolute(String place) {
        return place.contains(":") ? place : Path.of(place).toAbsolutePath().normalize().toString();
    }
}
