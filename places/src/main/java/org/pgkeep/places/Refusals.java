package org.pgkeep.places;

import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.CallFailed.Trouble;
import org.pgkeep.vault.PlaceAddress;

/** What failed calls mean for people: a sentence and the next step, and never a secret. */
final class Refusals {
    private Refusals() {}

    /**
     * The failure of a call for good.
     *
     * @param what what was to be done, in the infinitive
     * @param attempts how often it was tried
     */
    static Failure failure(PlaceAddress address, String what, int attempts, CallFailed failed) {
        String detail = failed.detail().isEmpty() ? "" : " (" + failed.detail() + ")";
        return new Failure(
                Code.STORE_UNAVAILABLE,
                "can't "
                        + what
                        + " in "
                        + address
                        + ": "
                        + sentence(failed.trouble(), attempts)
                        + detail,
                hint(address, failed.trouble()),
                failed);
    }

    private static String sentence(Trouble trouble, int attempts) {
        return switch (trouble) {
            case MISSING -> "it is not there";
            case TAKEN -> "the name is taken";
            case SHORT -> "it is shorter than it was";
            case THROTTLED -> "the place asked for fewer calls, " + times(attempts);
            case BROKEN -> "the place does not answer as it should, " + times(attempts);
            case TIMEOUT -> "the place did not answer in time, " + times(attempts);
            case DENIED -> "these credentials don't allow it";
            case BAD_CREDENTIALS -> "the place does not accept these credentials";
            case NO_CREDENTIALS -> "no credentials were found";
            case EXPIRED -> "the credentials have expired";
            case NO_CONTAINER -> "there is no such bucket or container";
            case SKEWED -> "this machine's clock and the place's differ too much";
            case LOCKED -> "a lock keeps it";
            case REFUSED -> "the place refuses";
        };
    }

    private static String times(int attempts) {
        return attempts == 1 ? "once" : attempts + " times";
    }

    private static String hint(PlaceAddress address, Trouble trouble) {
        return switch (trouble) {
            case MISSING, TAKEN, SHORT ->
                    "somebody else may have changed it: look who else may write there";
            case THROTTLED ->
                    "wait; if it happens often, limit the rate with the options upload and download"
                            + " of the address, or ask the place for more";
            case BROKEN, TIMEOUT ->
                    "check the network, and whether the place is up; pgkeep tries again by itself";
            case DENIED ->
                    "allow them to list, read, write and delete objects in " + address.container();
            case BAD_CREDENTIALS, NO_CREDENTIALS, EXPIRED ->
                    "put good ones into " + Credentials.places(address) + "; they are read again";
            case NO_CONTAINER ->
                    "make " + address.container() + ", or correct the address or its endpoint";
            case SKEWED -> "set this machine's clock, best by NTP";
            case LOCKED -> "wait until the lock ends; pgkeep shows until when";
            case REFUSED ->
                    "look the word in brackets up in the place's documentation of its errors";
        };
    }
}
