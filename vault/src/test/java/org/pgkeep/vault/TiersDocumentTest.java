package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;

class TiersDocumentTest {
    private static final TierSettings FIRST =
            new TierSettings(
                    "near",
                    Redundancy.ZONE,
                    List.of("/a", "file:///b", "s3://c/d?endpoint=http://e&region=f\u00fc"),
                    TierKeep.AS_SERVERS,
                    Optional.empty());
    private static final TierSettings SECOND =
            new TierSettings(
                    "far",
                    Redundancy.LOCAL,
                    List.of("gcs://long/term"),
                    new TierKeep(
                            Optional.of(Duration.ofDays(35)),
                            Optional.of(Duration.ofDays(70)),
                            4,
                            12,
                            7),
                    Optional.of(new BigDecimal("0.0125")));

    @Test
    void aVaultWithoutTiersHasNone() {
        assertThat(SampleVault.create(new MemoryStore()).tiers()).isEqualTo(TierList.NONE);
    }

    @Test
    void theListComesBackWithAndWithoutAKey() {
        MemoryStore store = new MemoryStore();
        Vault vault = SampleVault.create(store);
        vault.putTiers(TierList.NONE, List.of(FIRST));
        TierList stored = vault.putTiers(vault.tiers(), List.of(FIRST, SECOND));
        assertThat(stored.version()).isEqualTo(2);
        assertThat(SampleVault.open(store).tiers()).isEqualTo(stored);
        assertThat(Vault.tiersUnverified(store)).isEqualTo(stored);
    }

    @Test
    void ofTwoWhoChangeTheSameVersionTheSecondIsRefused() {
        Vault vault = SampleVault.create(new MemoryStore());
        TierList read = vault.tiers();
        vault.putTiers(read, List.of(FIRST));
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> vault.putTiers(read, List.of(SECOND)))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.WRONG_STATE));
        assertThat(vault.tiers().tiers()).containsExactly(FIRST);
    }

    @Test
    void whoHasNoKeyCannotSendAReaderElsewhere() {
        MemoryStore store = new MemoryStore();
        SampleVault.create(store).putTiers(TierList.NONE, List.of(SECOND));
        store.objects.replaceAll((name, bytes) ->
                name.text().startsWith("tiers/")
                        ? new String(bytes, StandardCharsets.US_ASCII)
                                .replace("gcs://long/term", "gcs://evil/term")
                                .getBytes(StandardCharsets.US_ASCII)
                        : bytes);
        assertThat(Vault.tiersUnverified(store).tiers().getFirst().places())
                .containsExactly("gcs://evil/term");
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> SampleVault.open(store).tiers())
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.DAMAGED_OBJECT));
    }

    @Test
    void tiersThatCannotBeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new TierSettings(
                                "x",
                                Redundancy.ZONE,
                                List.of("/a", "/b"),
                                TierKeep.AS_SERVERS,
                                Optional.empty()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TierList(1, List.of(SECOND, SECOND)));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new TierKeep(
                                Optional.of(Duration.ofDays(8)),
                                Optional.of(Duration.ofDays(7)),
                                0,
                                0,
                                0));
    }
}
