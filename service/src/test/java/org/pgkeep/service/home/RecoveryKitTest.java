package org.pgkeep.service.home;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryPlaces;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierSettings;

class RecoveryKitTest {
    private final SecureRandom random = new SecureRandom();
    private final VaultKey.KeyFile key = VaultKey.KeyFile.random(random);

    @TempDir private Path folder;

    @Test
    void aVaultInAFolderIsCarriedToTheOtherMachine() {
        assertThat(kit(List.of()))
                .contains("Vault:      " + folder.resolve("v"))
                .contains("copy the vault into it, under the name: vault")
                .contains("pgkeep up --detach --home FOLDER");
    }

    @Test
    void aVaultInSeveralPlacesStaysThereAndIsOpenedFromAnyOfThem() {
        String kit =
                kit(
                        List.of(
                                tier(Redundancy.ZONE, "/a/v", "/b/v", "s3://bucket/v?region=x"),
                                tier(Redundancy.LOCAL, "gcs://far/v")));
        assertThat(kit)
                .contains("s3://bucket/v", "Tier 2:     gcs://far/v", "Any one of these places")
                .contains("pgkeep vault open --home FOLDER --vault '")
                .contains("--redundancy local", "credentials")
                .doesNotContain("copy the vault into it");
    }

    private static TierSettings tier(Redundancy redundancy, String... places) {
        return new TierSettings(
                redundancy.word() + "-tier",
                redundancy,
                List.of(places).stream().map(text -> PlaceAddress.parse(text).text()).toList(),
                TierKeep.AS_SERVERS,
                Optional.empty());
    }

    private String kit(List<TierSettings> tiers) {
        Path place = folder.resolve("v");
        assertThat(Files.exists(place)).isFalse();
        Vault vault =
                Vault.create(
                        new DirectoryPlaces(InstantSource.system()).make(PlaceAddress.of(place)),
                        List.of(key),
                        random,
                        InstantSource.system());
        if (!tiers.isEmpty()) {
            vault.putTiers(vault.tiers(), tiers);
        }
        return RecoveryKit.text(vault, place, key);
    }
}
