package org.pgkeep.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":[1,2.50,-3e7,18446744073709551615],\"b\":{\"c\":null,\"d\":true}}",
                "[]",
                "{}",
                "\"a\\\"b\\\\c\\n\\u0001é€😀\"",
                "false",
            })
    void printsWhatItReadDigitForDigit(String text) {
        assertThat(parse(text).line()).isEqualTo(text);
    }

    @Test
    void printsForPeopleWithIndent() {
        assertThat(parse("{\"a\":[1,{}],\"b\":[]}").pretty())
                .isEqualTo(
                        """
                        {
                          "a": [
                            1,
                            {}
                          ],
                          "b": []
                        }\
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "<html>", "{\"a\":}", "[1"})
    void refusesWhatIsNoDocument(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a JSON document");
    }

    @Test
    void answersNothingForWhatIsNotThere() {
        Json json = parse("{\"a\":null,\"n\":1.75,\"t\":\"x\",\"e\":\"\"}");
        assertThat(json.at("a").isThere()).isFalse();
        assertThat(json.at("z").at("y").items()).isEmpty();
        assertThat(json.at("n").asNumber()).hasValue(1L);
        assertThat(json.at("n").asDecimal()).hasValue(1.75);
        assertThat(json.at("t").asNumber()).isEmpty();
        assertThat(json.at("e").shown()).isEqualTo("-");
    }

    private static Json parse(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
