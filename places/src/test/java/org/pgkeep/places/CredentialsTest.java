package org.pgkeep.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.PlaceAddress;

class CredentialsTest {
    @TempDir Path home;

    @Test
    void theEnvironmentComesBeforeTheUsersFiles() throws IOException {
        files();
        assertThat(s3("s3://b", Map.of("AWS_ACCESS_KEY_ID", "A1", "AWS_SECRET_ACCESS_KEY", "S1")))
                .containsEntry("access_key_id", "A1")
                .containsEntry("secret_access_key", "S1")
                .containsEntry("disable_ec2_metadata", "true")
                .containsEntry("region", "eu-9")
                .doesNotContainKey("session_token");
        assertThat(
                        s3(
                                "s3://b?region=x-1",
                                Map.of(
                                        "AWS_ACCESS_KEY_ID", "A1",
                                        "AWS_SECRET_ACCESS_KEY", "S1",
                                        "AWS_SESSION_TOKEN", "T1",
                                        "AWS_REGION", "y-1")))
                .containsEntry("session_token", "T1")
                .containsEntry("region", "x-1");
    }

    @Test
    void theUsersFilesAreReadByProfile() throws IOException {
        files();
        assertThat(s3("s3://b", Map.of())).containsEntry("access_key_id", "A-default");
        assertThat(s3("s3://b", Map.of("AWS_PROFILE", "backup")))
                .containsEntry("access_key_id", "A-backup")
                .containsEntry("session_token", "T-backup")
                .containsEntry("region", "us-7");
        assertThat(s3("s3://b?profile=backup", Map.of("AWS_ACCESS_KEY_ID", "A1")))
                .as("a profile that is named comes before the environment")
                .containsEntry("access_key_id", "A-backup");
        Path elsewhere =
                Files.writeString(
                        home.resolve("elsewhere"),
                        "[default]\naws_access_key_id=A2\naws_secret_access_key=S2\n");
        assertThat(s3("s3://b", Map.of("AWS_SHARED_CREDENTIALS_FILE", elsewhere.toString())))
                .containsEntry("access_key_id", "A2");
    }

    @Test
    void aFileThatTheAddressNamesComesFirst() throws IOException {
        files();
        Path file =
                Files.writeString(
                        home.resolve("mine"),
                        "# mine\naws_access_key_id = A3\naws_secret_access_key = S3=x\n");
        assertThat(
                        s3(
                                "s3://b?region=r&credentials=" + file,
                                Map.of("AWS_ACCESS_KEY_ID", "A1", "AWS_SECRET_ACCESS_KEY", "S1")))
                .containsEntry("access_key_id", "A3")
                .containsEntry("secret_access_key", "S3=x");
    }

    @Test
    void withoutAnyTheMachinesOwnIdentityIsLeftToTheLibrary() {
        assertThat(s3("s3://b?region=r", Map.of())).isEqualTo(Map.of("region", "r"));
        assertThat(s3("s3://b?endpoint=http://h", Map.of()))
                .isEqualTo(Map.of("region", "us-east-1"));
    }

    @Test
    void whatIsMissingIsNamedAndNoSecretIs() throws IOException {
        refused("s3://b", Map.of(), Code.BAD_ARGUMENT, "region");
        refused(
                "s3://b?region=r&credentials=" + home.resolve("none"),
                Map.of(),
                Code.STORE_UNAVAILABLE,
                "can't read");
        Path half = Files.writeString(home.resolve("half"), "aws_access_key_id=A4\n");
        refused(
                "s3://b?region=r&credentials=" + half,
                Map.of(),
                Code.STORE_UNAVAILABLE,
                "aws_secret_access_key");
        Path secretAlone =
                Files.writeString(home.resolve("alone"), "aws_secret_access_key=hunter2\n");
        refused(
                "s3://b?region=r&credentials=" + secretAlone,
                Map.of(),
                Code.STORE_UNAVAILABLE,
                "aws_access_key_id");
        assertThat(new Credentials(Map.of("AWS_SECRET_ACCESS_KEY", "hunter2"), home).toString())
                .doesNotContain("hunter2");
    }

    @Test
    void azureKnowsAccountsKeysTokensAndConnectionStrings() throws IOException {
        assertThat(azure("azblob://c?account=shop", Map.of("AZURE_STORAGE_KEY", "K1")))
                .isEqualTo(
                        Map.of(
                                "account_name", "shop",
                                "account_key", "K1",
                                "endpoint", "https://shop.blob.core.windows.net"));
        assertThat(
                        azure(
                                "azblob://c",
                                Map.of(
                                        "AZURE_STORAGE_ACCOUNT", "a",
                                        "AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=x")))
                .containsEntry("sas_token", "sv=1&sig=x");
        String connection =
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=K==;"
                        + "BlobEndpoint=https://h/a";
        assertThat(azure("azblob://c", Map.of("AZURE_STORAGE_CONNECTION_STRING", connection)))
                .isEqualTo(
                        Map.of(
                                "account_name", "a",
                                "account_key", "K==",
                                "endpoint", "https://h/a"));
        Path file = Files.writeString(home.resolve("azure"), connection + "\n");
        assertThat(azure("azblob://c?credentials=" + file, Map.of("AZURE_STORAGE_KEY", "other")))
                .containsEntry("account_key", "K==");
        Files.writeString(file, "AZURE_STORAGE_ACCOUNT=b\nAZURE_STORAGE_KEY=K2==\n");
        assertThat(azure("azblob://c?credentials=" + file, Map.of()))
                .containsEntry("account_name", "b")
                .containsEntry("account_key", "K2==");
        refused("azblob://c", Map.of(), Code.BAD_ARGUMENT, "account");
    }

    @Test
    void googlesFileIsFoundWhereItsToolsPutIt() throws IOException {
        assertThat(google("gcs://b", Map.of())).isEmpty();
        Path tools = home.resolve(".config/gcloud/application_default_credentials.json");
        Files.createDirectories(tools.resolveSibling("."));
        Files.writeString(tools, "{}");
        assertThat(google("gcs://b", Map.of()))
                .isEqualTo(Map.of("credential_path", tools.toString()));
        Path named = Files.writeString(home.resolve("named"), "{}");
        assertThat(google("gcs://b", Map.of("GOOGLE_APPLICATION_CREDENTIALS", named.toString())))
                .isEqualTo(Map.of("credential_path", named.toString()));
        refused(
                "gcs://b?credentials=/nonexistent/x",
                Map.of(),
                Code.STORE_UNAVAILABLE,
                "/nonexistent/x");
    }

    private void files() throws IOException {
        Path aws = Files.createDirectory(home.resolve(".aws"));
        Files.writeString(
                aws.resolve("credentials"),
                """
                [default]
                aws_access_key_id = A-default
                aws_secret_access_key = S-default

                [backup]
                aws_access_key_id=A-backup
                aws_secret_access_key=S-backup
                aws_session_token=T-backup
                """);
        Files.writeString(
                aws.resolve("config"),
                "[default]\nregion = eu-9\n[profile backup]\nregion = us-7\n");
    }

    private Map<String, String> s3(String address, Map<String, String> environment) {
        return new HashMap<>(new Credentials(environment, home).s3(PlaceAddress.parse(address)));
    }

    private Map<String, String> azure(String address, Map<String, String> environment) {
        return new HashMap<>(new Credentials(environment, home).azure(PlaceAddress.parse(address)));
    }

    private Map<String, String> google(String address, Map<String, String> environment) {
        return new HashMap<>(
                new Credentials(environment, home).google(PlaceAddress.parse(address)));
    }

    private void refused(
            String text, Map<String, String> environment, Code code, String inMessage) {
        PlaceAddress address = PlaceAddress.parse(text);
        Credentials credentials = new Credentials(environment, home);
        assertThatExceptionOfType(Failure.class)
                .as(text)
                .isThrownBy(() -> {
                    switch (address.kind()) {
                        case S3 -> credentials.s3(address);
                        case AZBLOB -> credentials.azure(address);
                        case GCS -> credentials.google(address);
                        case FILE -> throw new IllegalStateException();
                    }
                })
                .matches(failure -> failure.code() == code)
                .satisfies(failure -> {
                    assertThat(failure.message()).contains(inMessage).doesNotContain("hunter2");
                    assertThat(failure.hint()).isNotEmpty().doesNotContain("hunter2");
                });
    }
}
