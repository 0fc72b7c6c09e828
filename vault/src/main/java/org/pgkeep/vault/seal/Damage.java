package org.pgkeep.vault.seal;

import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** The failures of objects whose bytes are not what was written. */
public final class Damage {
    private Damage() {}

    /** DAMAGED_OBJECT: what is wrong with the object of that name. */
    public static Failure of(String object, String what) {
        return of(object, what, null);
    }

    /** As {@link #of(String, String)}, with the exception that told of it. */
    public static Failure of(String object, String what, @Nullable Throwable cause) {
        return new Failure(
                Code.DAMAGED_OBJECT,
                "object " + object + " is damaged: " + what,
                "take it from another copy of the vault if there is one, and check the disk",
                cause);
    }

    /** MISSING_OBJECT: something refers to an object that is not there. */
    public static Failure missing(String object) {
        return new Failure(
                Code.MISSING_OBJECT,
                "object " + object + " is missing",
                "take it from another copy of the vault if there is one");
    }

    /** NEWER_FORMAT: this program does not know the format. */
    public static Failure newer(String object, long format) {
        return new Failure(
                Code.NEWER_FORMAT,
                "object " + object + " has format " + format + ", newer than this pgkeep knows",
                "install the pgkeep that wrote it, or a newer one");
    }
}
