package org.pgkeep.tidy.planted.library.cli;

import java.net.http.HttpClient;
import org.jspecify.annotations.NullMarked;

/** A fault: the slow client. */
@NullMarked
final class SlowStart {
    HttpClient client() {
        return HttpClient.newHttpClient();
    }
}
