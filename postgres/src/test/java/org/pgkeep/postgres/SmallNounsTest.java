package org.pgkeep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The nouns that have a line or two of behaviour. */
class SmallNounsTest {
    @ParameterizedTest
    @CsvSource({
        "PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 15, 18",
        "postgres (PostgreSQL) 18.6, 18, 6",
        "13.23, 13, 23",
        "15, 15, 0",
        "PostgreSQL 19devel, 19, 0",
    })
    void readsAVersionFromWhereverItStands(String text, int major, int minor) {
        assertThat(PostgresVersion.parse(text).major()).isEqualTo(major);
        assertThat(PostgresVersion.parse(text).minor()).isEqualTo(minor);
    }

    @Test
    void ordersVersionsByNumberNotByText() {
        assertThat(PostgresVersion.parse("15.9")).isLessThan(PostgresVersion.parse("15.18"));
        assertThat(PostgresVersion.parse("13.23")).isLessThan(PostgresVersion.parse("15.1"));
        assertThatIllegalArgumentException().isThrownBy(() -> PostgresVersion.parse("none"));
    }

    @Test
    void namesATimelinesHistoryFileInHexadecimal() {
        assertThat(TimelineId.parse("26").historyFileName()).isEqualTo("0000001A.history");
        assertThatIllegalArgumentException().isThrownBy(() -> new TimelineId(0));
    }

    @Test
    void spellsObjectIdsUnsigned() {
        assertThat(new RelationFile(1663, 5, -1)).hasToString("1663/5/4294967295");
    }

    @Test
    void findsTheSocketsFile() {
        LocalSocket socket = new LocalSocket(Path.of("/run/pg"), 5432);
        assertThat(socket.file()).isEqualTo(Path.of("/run/pg/.s.PGSQL.5432"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalSocket(Path.of("/run/pg"), 65_536));
    }
}
