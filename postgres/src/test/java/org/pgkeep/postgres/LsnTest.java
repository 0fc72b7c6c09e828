package org.pgkeep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
    @ParameterizedTest
    @ValueSource(strings = {"0/0", "0/1", "16/B374D848", "1/0", "FFFFFFFF/FFFFFFFF"})
    void spellsWhatItRead(String text) {
        assertThat(Lsn.parse(text)).hasToString(text);
    }

    @Test
    void readsTheTwoHalvesOfItsNumber() {
        assertThat(Lsn.parse("16/B374D848").value()).isEqualTo(0x16_B374_D848L);
        assertThat(Lsn.parse("16/b374d848")).isEqualTo(Lsn.parse("16/B374D848"));
        assertThat(Lsn.parse("0/0")).isEqualTo(Lsn.ZERO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "1", "1/", "/1", "1/G", "100000000/0", "0/100000000", "-1/0"})
    void refusesWhatIsNoPosition(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Lsn.parse(text));
    }

    @Test
    void comparesUnsigned() {
        Lsn high = new Lsn(-1);
        assertThat(high.isAfter(Lsn.ZERO)).isTrue();
        assertThat(Lsn.ZERO.isBefore(high)).isTrue();
        assertThat(high.isBefore(high)).isFalse();
        assertThat(Lsn.max(high, Lsn.ZERO)).isEqualTo(high);
        assertThat(Lsn.min(high, Lsn.ZERO)).isEqualTo(Lsn.ZERO);
    }

    @Test
    void countsBytes() {
        Lsn position = Lsn.parse("0/2000028");
        assertThat(position.plus(0x1000).minus(position)).isEqualTo(0x1000);
        assertThat(position.minus(position.plus(1))).isEqualTo(-1);
        assertThat(position.floor(8192)).isEqualTo(Lsn.parse("0/2000000"));
        assertThat(Lsn.parse("0/2FFFFFF").floor(16 << 20)).isEqualTo(Lsn.parse("0/2000000"));
    }
}
