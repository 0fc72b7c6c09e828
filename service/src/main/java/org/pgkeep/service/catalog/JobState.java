package org.pgkeep.service.catalog;

/** How far a job is. */
public enum JobState {
    /** It waits for its turn. */
    PENDING,
    /** It was started. After a restart of the service it is started again. */
    RUNNING,
    /** It did what it was to do. */
    SUCCEEDED,
    /** It ended without, and left nothing half-made. */
    FAILED,
    /** Somebody called it off. */
    CANCELED;

    /** Whether it has come to its end. */
    public boolean isFinal() {
        return switch (this) {
            case PENDING, RUNNING -> false;
            case SUCCEEDED, FAILED, CANCELED -> true;
        };
    }

    /** The word in documents, such as {@code Pending}. */
    public String text() {
        return name().charAt(0) + name().substring(1).toLowerCase(java.util.Locale.ROOT);
    }
}
