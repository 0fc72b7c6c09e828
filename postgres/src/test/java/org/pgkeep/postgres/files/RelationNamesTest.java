package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.files.RelationPart.Fork;

class RelationNamesTest {
    private final RelationNames names = new RelationNames(1663, 5);

    @ParameterizedTest
    @CsvSource({
        "16384, 16384, MAIN, 0",
        "16384.1, 16384, MAIN, 1",
        "16384_fsm, 16384, FREE_SPACE_MAP, 0",
        "16384_vm.12, 16384, VISIBILITY_MAP, 12",
        "16384_init, 16384, INIT, 0",
        "4294967295, -1, MAIN, 0",
    })
    void readsARelationsFileName(String name, int relation, Fork fork, int segment) {
        assertThat(names.part(name))
                .contains(new RelationPart(new RelationFile(1663, 5, relation), fork, segment));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "016384",
                "16384.0",
                "16384.01",
                "16384_",
                "16384_foo",
                "16384_main",
                "16384.",
                "16384_vm_fsm",
                "t3_16384",
                "PG_VERSION",
                "pg_filenode.map",
                "4294967296",
                "99999999999",
                " 16384",
                "16384~"
            })
    void knowsWhatIsNone(String name) {
        assertThat(names.part(name)).isEmpty();
    }

    @Test
    void knowsTemporaryRelations() {
        assertThat(RelationNames.isTemporary("t3_16384")).isTrue();
        assertThat(RelationNames.isTemporary("t3_16384_fsm.2")).isTrue();
        assertThat(RelationNames.isTemporary("t_16384")).isFalse();
        assertThat(RelationNames.isTemporary("t3_16384_old")).isFalse();
        assertThat(RelationNames.isTemporary("t3_")).isFalse();
    }

    @Test
    void countsBlocksThroughSegments() {
        RelationPart third = names.part("16384.2").orElseThrow();
        assertThat(third.firstBlock(131_072)).isEqualTo(262_144);
        assertThat(new RelationPart(third.relation(), Fork.MAIN, 32_767).firstBlock(131_072))
                .isEqualTo(4_294_836_224L);
    }
}
