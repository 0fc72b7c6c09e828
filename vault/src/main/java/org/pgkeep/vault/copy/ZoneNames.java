package org.pgkeep.vault.copy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.pgkeep.vault.ObjectName;

/** The names that a store with several copies keeps for itself, and the kinds of the others. */
final class ZoneNames {
    /** Everything below is the store's own, and no part of the vault. */
    static final String OWN = "zone/";

    /** Names that were deleted while a location was away. */
    static final String GONE = "zone/gone/";

    /** Digests of copies that count, where a location may hold another one. */
    static final String WON = "zone/won/";

    /** Says which location of which zone this is. */
    static final ObjectName IDENTITY = new ObjectName("zone/location");

    private static final Pattern ONE_WRITER = Pattern.compile("packs/.*");
    private static final Pattern ANY_COPY =
            Pattern.compile("archives/[^/]+/(snapshots|log|index)/.*");

    private ZoneNames() {}

    /** Whether the name was drawn at random by one writer, who gives it to one row of bytes. */
    static boolean hasOneWriter(ObjectName name) {
        return ONE_WRITER.matcher(name.text()).matches();
    }

    /**
     * Whether each copy, as long as it opens, means the same: the name says what is in the object.
     * A piece of log that is shipped again after a crash is sealed anew, but holds the same bytes.
     */
    static boolean isAnyCopyRight(ObjectName name) {
        return hasOneWriter(name) || ANY_COPY.matcher(name.text()).matches();
    }

    /**
     * Whether an object that comes back after its deletion would be taken for more than it is. A
     * pack nothing refers to is swept again, and a piece of log that comes back is true.
     */
    static boolean mayNeverComeBack(ObjectName name) {
        return !hasOneWriter(name) && !name.text().contains("/log/");
    }

    static boolean isOwn(ObjectName name) {
        return name.text().startsWith(OWN);
    }

    static ObjectName gone(ObjectName name) {
        return new ObjectName(GONE + name.text());
    }

    static ObjectName won(ObjectName name) {
        return new ObjectName(WON + name.text());
    }

    /** The object that a mark is about. */
    static Optional<ObjectName> marked(String prefix, ObjectName mark) {
        String text = mark.text();
        return text.startsWith(prefix) && ObjectName.isValid(text.substring(prefix.length()))
                ? Optional.of(new ObjectName(text.substring(prefix.length())))
                : Optional.empty();
    }

    /** The digest that a mark holds, as text. */
    static byte[] digest(byte[] object) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(object);
            return HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
