package org.pgkeep.testkit.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes buckets, with S3's old signatures: the one call that pgkeep itself never makes. */
final class Buckets {
    private static final String LOCK = "x-amz-bucket-object-lock-enabled";

    private Buckets() {}

    /** Makes one, with or without object lock. */
    static void make(String endpoint, String id, String secret, String bucket, boolean lock)
            throws IOException {
        String date =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        HttpURLConnection request =
                (HttpURLConnection) URI.create(endpoint + "/" + bucket).toURL().openConnection();
        request.setRequestMethod("PUT");
        request.setRequestProperty("Date", date);
        if (lock) {
            request.setRequestProperty(LOCK, "true");
        }
        String text = "PUT\n\n\n" + date + "\n" + (lock ? LOCK + ":true\n" : "") + "/" + bucket;
        request.setRequestProperty("Authorization", "AWS " + id + ":" + signature(secret, text));
        request.setDoOutput(true);
        request.setFixedLengthStreamingMode(0);
        request.getOutputStream().close();
        if (request.getResponseCode() != HttpURLConnection.HTTP_OK) {
            throw new IllegalStateException(
                    endpoint + " made no bucket: status " + request.getResponseCode());
        }
    }

    private static String signature(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
