package org.pgkeep.vault;

import java.util.Arrays;

/**
 * One version of a document.
 *
 * @param kind which document, {@code [a-z][a-z0-9-]*}, at most 32 characters
 * @param version from 1, rising
 * @param content its bytes; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record StoredDocument(String kind, int version, byte[] content) {
    @Override
    public boolean equals(Object other) {
        return other instanceof StoredDocument that
                && kind.equals(that.kind)
                && version == that.version
                && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return 31 * kind.hashCode() + version;
    }

    @Override
    public String toString() {
        return kind + " version " + version + ", " + content.length + " bytes";
    }
}
