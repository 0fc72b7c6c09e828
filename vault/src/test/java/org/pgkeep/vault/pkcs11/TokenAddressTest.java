package org.pgkeep.vault.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class TokenAddressTest {
    @Test
    void readsWhatRfc7512Writes() {
        assertThat(
                        TokenAddress.parse(
                                "pkcs11:slot-id=17;object=my%20key?module-path=/l.so"
                                        + "&pin-source=file:/etc/pin"))
                .isEqualTo(
                        new TokenAddress(
                                "my key",
                                OptionalLong.of(17),
                                Path.of("/l.so"),
                                Optional.of(Path.of("/etc/pin"))));
        assertThat(TokenAddress.parse("pkcs11:object=k?module-path=/l.so").lasting())
                .isEqualTo("pkcs11:object=k");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        for (String wrong :
                List.of(
                        "object=k?module-path=/l.so",
                        "pkcs11:object=k",
                        "pkcs11:?module-path=/l.so",
                        "pkcs11:object=?module-path=/l.so",
                        "pkcs11:object=k;object=l?module-path=/l.so",
                        "pkcs11:object=k;slot-id=x?module-path=/l.so",
                        "pkcs11:object=%zz?module-path=/l.so",
                        "pkcs11:object=k?module-path=/l.so&pin-value=1234")) {
            assertThatExceptionOfType(Failure.class)
                    .as(wrong)
                    .isThrownBy(() -> TokenAddress.parse(wrong))
                    .matches(failure -> failure.code() == Code.BAD_ARGUMENT);
        }
    }
}
