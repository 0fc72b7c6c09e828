package org.pgkeep.service.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.ServerId;

class IdentitiesTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.123456Z");

    private final Identities identities = new Identities(new Random(4711), () -> NOW);

    @Test
    void idsAreRandomUuidsOfVersionFour() {
        Set<ServerId> made = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            ServerId id = identities.server();
            assertThat(id.value().version()).isEqualTo(4);
            assertThat(id.value().variant()).isEqualTo(2);
            made.add(id);
        }
        assertThat(made).hasSize(1000);
    }

    @Test
    void namesOfAutomaticBackupsTellTheTimeAndArePermittedNames() {
        assertThat(identities.automaticBackup()).isEqualTo("auto-20260304T050607.123Z");
        assertThat(Names.checkedBackup(identities.automaticBackup())).startsWith("auto-");
        assertThat(Names.checkedBackup(identities.manualBackup())).startsWith("manual-");
    }
}
