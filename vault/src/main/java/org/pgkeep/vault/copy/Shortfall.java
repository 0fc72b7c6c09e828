package org.pgkeep.vault.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;

/** The failure that too few locations did what was asked. */
final class Shortfall {
    private Shortfall() {}

    /** Too few locations did something; the reasons of all that did not. */
    static <T> Failure of(@Nullable ObjectName name, String verb, List<Answer<T>> answers) {
        List<String> reasons = new ArrayList<>();
        Code code = Code.STORE_UNAVAILABLE;
        for (Answer<T> answer : answers) {
            Optional<Failure> reason =
                    switch (answer) {
                        case Answer.Done<T> _ -> Optional.empty();
                        case Answer.Failed<T> failed -> Optional.of(failed.failure());
                        case Answer.Pending<T> pending -> Optional.of(pending.failure());
                    };
            if (reason.isPresent()) {
                reasons.add(reason.get().message());
                Code told = reason.get().code();
                code = told == Code.NO_SPACE || told == Code.INTERRUPTED ? told : code;
            }
        }
        return new Failure(
                code,
                (name == null ? "objects" : "object " + name)
                        + " could not be "
                        + verb
                        + " enough of the three locations ("
                        + String.join("; ", reasons)
                        + ")",
                "bring the locations back that are away: pgkeep vault show");
    }
}
