package org.pgkeep.service.job;

/**
 * What a job of one kind does. It may run again after it was killed anywhere, and then ends as if
 * it had not been killed.
 */
@FunctionalInterface
public interface Recipe {
    /**
     * Does the work.
     *
     * @return the final document, a record of {@code org.pgkeep.service.document}
     * @throws org.pgkeep.failure.Failure when it can't be done
     */
    Object run(JobRun run);

    /**
     * Takes away what runs of a failed job left half-made. Called after {@link #run} threw, unless
     * the service ends; may be cut short and called again.
     */
    default void undo(JobRun run) {}
}
