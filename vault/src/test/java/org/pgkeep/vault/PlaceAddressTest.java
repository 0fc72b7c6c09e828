package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class PlaceAddressTest {
    @Test
    void aPathIsAFolder() {
        for (String text :
                List.of("/srv/vault", "/srv/./vault/", "file:///srv/vault", "file:/srv/vault")) {
            PlaceAddress address = PlaceAddress.parse(text);
            assertThat(address.kind()).isEqualTo(PlaceAddress.Kind.FILE);
            assertThat(address.folder()).isEqualTo(Path.of("/srv/vault"));
            assertThat(address.text()).isEqualTo("/srv/vault");
        }
    }

    @Test
    void aBucketHasAPrefixAndOptions() {
        PlaceAddress address =
                PlaceAddress.parse(
                        "s3://shop-backups/pg/eu?endpoint=https://s3.example.net:9000&region=eu-1");
        assertThat(address.kind()).isEqualTo(PlaceAddress.Kind.S3);
        assertThat(address.container()).isEqualTo("shop-backups");
        assertThat(address.prefix()).isEqualTo("pg/eu");
        assertThat(address.options())
                .isEqualTo(Map.of("endpoint", "https://s3.example.net:9000", "region", "eu-1"));
        assertThat(address.option("region")).hasValue("eu-1");
        assertThat(address.option("profile")).isEmpty();
        assertThat(PlaceAddress.parse("s3://b/").prefix()).isEmpty();
        assertThat(PlaceAddress.parse("gcs://b//x/").prefix()).isEqualTo("x");
    }

    @Test
    void whatIsWrittenIsReadTheSameWay() {
        for (String text :
                List.of(
                        "/srv/vault",
                        "/srv/with space/50%",
                        "file:///srv/with%20space?upload=1MiB",
                        "s3://bucket",
                        "s3://bucket/a/b?credentials=/etc/pgkeep/my%20keys&style=path",
                        "azblob://box/p?account=shop",
                        "gcs://bucket/p?endpoint=http://127.0.0.1:1/a%26b")) {
            PlaceAddress address = PlaceAddress.parse(text);
            assertThat(address.text()).isEqualTo(text);
            assertThat(PlaceAddress.parse(address.text())).isEqualTo(address);
        }
    }

    @Test
    void whatIsNoAddressIsRefusedWithAHint() {
        for (String text :
                List.of(
                        "",
                        "vault",
                        "ftp://host/x",
                        "s3:bucket",
                        "s3://",
                        "s3://-bucket",
                        "s3://b/../c",
                        "s3://b/a//../c",
                        "s3://b/ä",
                        "s3://b?x",
                        "s3://b?region=%",
                        "s3://b?region=1&region=2",
                        "s3://b?account=x",
                        "file://srv/vault",
                        "file:///x?region=1")) {
            assertThatExceptionOfType(Failure.class)
                    .as(text)
                    .isThrownBy(() -> PlaceAddress.parse(text))
                    .matches(failure -> failure.code() == Code.BAD_ARGUMENT)
                    .matches(failure -> !failure.hint().isEmpty());
        }
    }

    @Test
    void secretsAreRefusedAndNotRepeated() {
        for (String text :
                List.of(
                        "s3://AKIA:hunter2@bucket/x",
                        "s3://b?secret_access_key=hunter2",
                        "s3://b?sessionToken=hunter2",
                        "azblob://c?account=a&sig=hunter2",
                        "azblob://c?hunter2")) {
            assertThatExceptionOfType(Failure.class)
                    .as(text)
                    .isThrownBy(() -> PlaceAddress.parse(text))
                    .matches(failure -> failure.code() == Code.BAD_ARGUMENT)
                    .matches(failure -> !failure.message().contains("hunter2"))
                    .matches(failure -> failure.hint().contains("secrets don't belong"));
        }
    }
}
