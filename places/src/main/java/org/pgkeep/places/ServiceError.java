package org.pgkeep.places;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.opendal.OpenDALException;
import org.pgkeep.places.CallFailed.Trouble;

/**
 * Reads what OpenDAL tells of a failed call. Its texts hold whole requests: addresses with
 * signatures in them, and headers. So only three things are taken from them: the status, the
 * service's own word for the error, and the last clause of a network error.
 */
final class ServiceError {
    private static final Pattern STATUS = Pattern.compile("\\bstatus: (\\d{3})\\b");
    private static final Pattern WORD =
            Pattern.compile("Error \\{ code: \"([A-Za-z][A-Za-z0-9.]{0,60})\"");
    private static final Pattern HEADER_WORD =
            Pattern.compile("\"x-ms-error-code\": \"([A-Za-z][A-Za-z0-9]{0,60})\"");
    private static final Pattern REASON = Pattern.compile("\"reason\": ?\"([A-Za-z]{1,60})\"");

    /** The words of the libraries below for what went wrong on the wire; none holds an address. */
    private static final Pattern NETWORK =
            Pattern.compile(
                    "(Connection refused|Connection reset by peer|Broken pipe|Network is unreachable"
                            + "|No route to host|Connection timed out|dns error|operation timed out"
                            + "|connection closed before message completed|unexpected EOF"
                            + "|invalid peer certificate|end of file before message length reached"
                            + "|error decoding response body|connection error|IncompleteMessage"
                            + "|failed to lookup address information)");

    private static final Set<String> EXPIRED_WORDS =
            Set.of("ExpiredToken", "TokenRefreshRequired", "ExpiredAuthenticationToken");
    private static final Set<String> BAD_WORDS =
            Set.of(
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "InvalidToken",
                    "InvalidClientTokenId",
                    "AuthenticationFailed",
                    "InvalidAuthenticationInfo",
                    "NoAuthenticationInformation",
                    "AuthorizationHeaderMalformed",
                    "authError");
    private static final Set<String> CONTAINER_WORDS =
            Set.of(
                    "NoSuchBucket",
                    "ContainerNotFound",
                    "ContainerBeingDeleted",
                    "InvalidBucketName");
    private static final Set<String> SKEW_WORDS = Set.of("RequestTimeTooSkewed");
    private static final Set<String> SLOW_WORDS =
            Set.of(
                    "SlowDown",
                    "ServerBusy",
                    "TooManyRequests",
                    "RequestLimitExceeded",
                    "Throttling",
                    "rateLimitExceeded");
    private static final Set<String> LOCK_WORDS =
            Set.of("BlobImmutableDueToPolicy", "ObjectLocked", "retentionPolicyNotMet");

    /** Answers that say: not now. */
    private static final Set<String> AGAIN_WORDS =
            Set.of(
                    "ConditionalRequestConflict",
                    "OperationAborted",
                    "RequestTimeout",
                    "OperationTimedOut",
                    "IncompleteBody",
                    "BadDigest",
                    "XAmzContentSHA256Mismatch");

    private ServiceError() {}

    /** What a failed call means. */
    static CallFailed read(OpenDALException told) {
        String text = String.valueOf(told.getMessage());
        String word = first(WORD, text);
        if (word.isEmpty()) {
            word = first(HEADER_WORD, text);
        }
        if (word.isEmpty()) {
            word = first(REASON, text);
        }
        String status = first(STATUS, text);
        return new CallFailed(
                trouble(told.getCode(), word, status, text), detail(word, status, text));
    }

    private static String detail(String word, String status, String text) {
        if (!word.isEmpty()) {
            return word;
        }
        return status.isEmpty() ? first(NETWORK, text) : "status " + status;
    }

    private static Trouble trouble(
            OpenDALException.Code code, String word, String status, String text) {
        if (EXPIRED_WORDS.contains(word)) {
            return Trouble.EXPIRED;
        }
        if (SKEW_WORDS.contains(word)) {
            return Trouble.SKEWED;
        }
        if (BAD_WORDS.contains(word)) {
            return Trouble.BAD_CREDENTIALS;
        }
        if (CONTAINER_WORDS.contains(word)) {
            return Trouble.NO_CONTAINER;
        }
        if (LOCK_WORDS.contains(word)) {
            return Trouble.LOCKED;
        }
        if (SLOW_WORDS.contains(word) || status.equals("429") || status.equals("503")) {
            return Trouble.THROTTLED;
        }
        if (AGAIN_WORDS.contains(word) || status.startsWith("5") || status.equals("408")) {
            return Trouble.BROKEN;
        }
        return switch (code) {
            case NotFound -> Trouble.MISSING;
            case AlreadyExists, ConditionNotMatch -> Trouble.TAKEN;
            case RangeNotSatisfied -> Trouble.SHORT;
            case RateLimited -> Trouble.THROTTLED;
            case PermissionDenied -> denied(status, text);
            case ConfigInvalid -> Trouble.REFUSED;
            case Unexpected -> unexpected(word, status, text);
            case Unsupported, IsADirectory, NotADirectory, IsSameFile -> Trouble.REFUSED;
        };
    }

    private static Trouble denied(String status, String text) {
        boolean asked = !status.isEmpty();
        return asked
                ? status.equals("401") ? Trouble.BAD_CREDENTIALS : Trouble.DENIED
                : text.contains("credential") ? Trouble.NO_CREDENTIALS : Trouble.DENIED;
    }

    private static Trouble unexpected(String word, String status, String text) {
        if (text.contains("got too little data")
                || status.equals("416")
                || word.equals("InvalidRange")) {
            return Trouble.SHORT;
        }
        if (text.contains("loading credential") || text.contains("load credential")) {
            return Trouble.NO_CREDENTIALS;
        }
        return status.isEmpty() || text.contains("(temporary)") ? Trouble.BROKEN : Trouble.REFUSED;
    }

    private static String first(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        return found.find() ? found.group(1) : "";
    }
}
