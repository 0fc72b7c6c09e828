package org.pgkeep.places;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.opendal.OpenDALException;
import org.junit.jupiter.api.Test;
import org.pgkeep.places.CallFailed.Trouble;

/** Texts as OpenDAL 0.48.2 wrote them, with the services' answers in them. */
class ServiceErrorTest {
    @Test
    void aNetworkErrorMayHaveBeenDone() {
        CallFailed read =
                read(
                        OpenDALException.Code.Unexpected,
                        """
                        Unexpected (temporary) at write => send http request

                        Context:
                           url: http://127.0.0.1:9802/a/vault/big?sv=2024&sig=hunter2
                           service: azblob

                        Source:
                           error sending request for url (http://127.0.0.1:9802/a/vault/big?sv=2024&sig=hunter2): \
                        client error (Connect): tcp connect error: Connection refused (os error 111)
                        """);
        assertThat(read.trouble()).isEqualTo(Trouble.BROKEN);
        assertThat(read.detail()).isEqualTo("Connection refused");
    }

    @Test
    void theServicesWordDecides() {
        assertWord("ExpiredToken", 400, Trouble.EXPIRED);
        assertWord("RequestTimeTooSkewed", 403, Trouble.SKEWED);
        assertWord("InvalidAccessKeyId", 403, Trouble.BAD_CREDENTIALS);
        assertWord("SignatureDoesNotMatch", 403, Trouble.BAD_CREDENTIALS);
        assertWord("NoSuchBucket", 404, Trouble.NO_CONTAINER);
        assertWord("SlowDown", 503, Trouble.THROTTLED);
        assertWord("InternalError", 500, Trouble.BROKEN);
        assertWord("ConditionalRequestConflict", 409, Trouble.BROKEN);
        assertWord("BadDigest", 400, Trouble.BROKEN);
        assertWord("EntityTooLarge", 400, Trouble.REFUSED);
        assertWord("InvalidRange", 416, Trouble.SHORT);
    }

    @Test
    void withoutAWordTheStatusDoesAndNothingElseIsRepeated() {
        assertThat(
                        read(
                                        OpenDALException.Code.PermissionDenied,
                                        text("", 403, "authorization: hunter2"))
                                .trouble())
                .isEqualTo(Trouble.DENIED);
        assertThat(read(OpenDALException.Code.Unexpected, text("", 502, "")).trouble())
                .isEqualTo(Trouble.BROKEN);
        assertThat(read(OpenDALException.Code.Unexpected, text("", 501, "hunter2")).detail())
                .isEqualTo("status 501");
        assertThat(read(OpenDALException.Code.NotFound, text("", 404, "")).trouble())
                .isEqualTo(Trouble.MISSING);
        assertThat(read(OpenDALException.Code.ConditionNotMatch, text("", 412, "")).trouble())
                .isEqualTo(Trouble.TAKEN);
    }

    @Test
    void azuresWordMayStandInAHeader() {
        CallFailed read =
                read(
                        OpenDALException.Code.Unexpected,
                        "Unexpected (permanent) at read\n\nContext:\n   response: Parts { status: 404,"
                                + " headers: {\"x-ms-error-code\": \"ContainerNotFound\"} }");
        assertThat(read.trouble()).isEqualTo(Trouble.NO_CONTAINER);
        assertThat(read.detail()).isEqualTo("ContainerNotFound");
    }

    private static void assertWord(String word, int status, Trouble trouble) {
        OpenDALException.Code code =
                status == 403
                        ? OpenDALException.Code.PermissionDenied
                        : status == 404
                                ? OpenDALException.Code.NotFound
                                : OpenDALException.Code.Unexpected;
        CallFailed read = read(code, text(word, status, "hunter2"));
        assertThat(read.trouble()).as(word).isEqualTo(trouble);
        assertThat(read.detail()).isEqualTo(word);
    }

    private static String text(String word, int status, String more) {
        return "Unexpected (permanent) at write => S3Error { code: \""
                + word
                + "\", message: \""
                + more
                + "\", resource: \"\", request_id: \"F9C90CEE385EBC01\" }\n\nContext:\n   uri:"
                + " http://127.0.0.1:9801/vault/x?X-Amz-Signature=hunter2\n   response: Parts {"
                + " status: "
                + status
                + ", version: HTTP/1.1, headers: {\"x\": \"hunter2\"} }\n";
    }

    private static CallFailed read(OpenDALException.Code code, String text) {
        return ServiceError.read(new OpenDALException(code, text));
    }
}
