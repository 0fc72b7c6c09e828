package org.pgkeep.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.pgkeep.vault.seal.Damage;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A clear JSON object whose last member is a check of 32 bytes over all bytes before the check's
 * digits; so that every byte of the file is accounted for, whatever the layout before.
 */
final class ClearDocument {
    /** More no clear document has. */
    static final int BYTES_MAX = 16 << 10;

    /** The format this program writes, and the newest it reads. */
    static final int FORMAT = 1;

    private static final String END = "\"\n}\n";
    private static final int CHECK_DIGITS = 64;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final String object;
    private final byte[] bytes;
    private final JsonNode fields;

    private ClearDocument(String object, byte[] bytes, JsonNode fields) {
        this.object = object;
        this.bytes = bytes;
        this.fields = fields;
    }

    /**
     * Writes a document.
     *
     * @param members texts without characters that JSON escapes, or numbers; in this order
     * @param check the name of the last member
     * @param digest what computes its 32 bytes from all bytes before it
     */
    static byte[] write(Map<String, Object> members, String check, UnaryOperator<byte[]> digest) {
        StringBuilder text = new StringBuilder("{\n");
        members.forEach((name, value) -> {
            String shown = value instanceof String s ? '"' + s + '"' : value.toString();
            text.append("  \"").append(name).append("\": ").append(shown).append(",\n");
        });
        text.append("  \"").append(check).append("\": \"");
        byte[] covered = text.toString().getBytes(StandardCharsets.US_ASCII);
        text.append(HexFormat.of().formatHex(digest.apply(covered))).append(END);
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads a document and checks what kind and format it is; the check itself is the caller's.
     *
     * @param type what its member {@code pgkeep} must say
     */
    static ClearDocument parse(ObjectName name, byte[] bytes, String type) {
        String object = name.text();
        if (bytes.length > BYTES_MAX) {
            throw Damage.of(object, "it has more than " + BYTES_MAX + " bytes");
        }
        JsonNode fields;
        try {
            fields = JSON.readTree(bytes);
        } catch (JacksonException e) {
            // The exception's message would quote the document.
            throw Damage.of(object, "it is no JSON");
        }
        ClearDocument document = new ClearDocument(object, bytes, fields);
        if (!document.text("pgkeep").equals(type)) {
            throw Damage.of(object, "it is no " + type + " document of pgkeep");
        }
        int format = document.number("format", 1, Integer.MAX_VALUE);
        if (format > FORMAT) {
            throw Damage.newer(object, format);
        }
        return document;
    }

    String text(String member) {
        JsonNode value = fields.path(member);
        if (!value.isString()) {
            throw Damage.of(object, "it has no text \"" + member + "\"");
        }
        return value.stringValue();
    }

    /** A member of any shape; one that is missing is an empty one. */
    JsonNode value(String member) {
        return fields.path(member);
    }

    /** A text that may be absent. */
    String textOr(String member, String absent) {
        return fields.path(member).isMissingNode() ? absent : text(member);
    }

    int number(String member, int min, int max) {
        JsonNode value = fields.path(member);
        if (!value.isInt() || value.intValue() < min || value.intValue() > max) {
            throw Damage.of(object, "it has no number \"" + member + "\" that can be");
        }
        return value.intValue();
    }

    UUID id(String member) {
        return Names.id(text(member))
                .orElseThrow(() -> Damage.of(object, "it has no id \"" + member + "\""));
    }

    byte[] hex(String member, int length) {
        byte[] value = hexOfMost(member, length);
        if (value.length != length) {
            throw Damage.of(object, "it has no \"" + member + "\" of " + length + " bytes");
        }
        return value;
    }

    /** Bytes as hexadecimal digits, at most so many; none if the member is absent. */
    byte[] hexOfMost(String member, int bytesMax) {
        String text = textOr(member, "");
        try {
            byte[] value = HexFormat.of().parseHex(text);
            if (value.length <= bytesMax && HexFormat.of().formatHex(value).equals(text)) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // Not to be quoted either: it falls through to the same failure.
        }
        throw Damage.of(object, "its \"" + member + "\" can't be");
    }

    /** Checks the last member: exactly the digits of the digest over everything before them. */
    void check(String member, UnaryOperator<byte[]> digest) {
        if (!isChecked(member, digest)) {
            throw Damage.of(object, "its bytes are not those that were written");
        }
    }

    /** Whether the last member is the digest of everything before its digits. */
    boolean isChecked(String member, UnaryOperator<byte[]> digest) {
        int covered = bytes.length - CHECK_DIGITS - END.length();
        byte[] expected = hex(member, CHECK_DIGITS / 2);
        byte[] opening = ("\"" + member + "\": \"").getBytes(StandardCharsets.US_ASCII);
        byte[] closing =
                (HexFormat.of().formatHex(expected) + END).getBytes(StandardCharsets.US_ASCII);
        return covered >= opening.length
                && Arrays.equals(
                        bytes, covered - opening.length, covered, opening, 0, opening.length)
                && Arrays.equals(bytes, covered, bytes.length, closing, 0, closing.length)
                && MessageDigest.isEqual(digest.apply(Arrays.copyOf(bytes, covered)), expected);
    }
}
