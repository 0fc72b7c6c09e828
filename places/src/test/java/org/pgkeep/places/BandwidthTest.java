package org.pgkeep.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;

class BandwidthTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FakeTicker ticker = new FakeTicker();

    @Test
    void whatIsTakenIsPaidForByTheNext() throws InterruptedException {
        Bandwidth limit = new Bandwidth(1000, ticker);
        limit.take(1000);
        assertThat(ticker.pauses).as("the second that was saved up").isEmpty();
        limit.take(3000);
        assertThat(ticker.pauses).isEmpty();
        limit.take(500);
        assertThat(ticker.pauses).containsExactly(Duration.ofSeconds(3));
        limit.take(0);
        assertThat(ticker.pauses).containsExactly(Duration.ofSeconds(3), SECOND.dividedBy(2));
    }

    @Test
    void aLullIsNotSavedUp() throws InterruptedException {
        Bandwidth limit = new Bandwidth(1000, ticker);
        ticker.pass(Duration.ofHours(1));
        limit.take(2000);
        limit.take(0);
        assertThat(ticker.pauses).containsExactly(SECOND);
    }

    @Test
    void aPlacesRateHoldsInBothDirections(@TempDir Path folder) {
        ObjectStore store =
                new StoragePlaces(
                                Map.of(),
                                folder,
                                InstantSource.system(),
                                new Random(1),
                                Patience.DEFAULT,
                                ticker)
                        .make(
                                PlaceAddress.parse(
                                        "file://" + folder + "/v?upload=10KiB&download=40KiB"));
        long before = ticker.nanos();
        for (int i = 0; i < 10; i++) {
            store.putIfAbsent(new ObjectName("o/" + i), new byte[20 << 10]);
        }
        assertThat(Duration.ofNanos(ticker.nanos() - before)).isEqualTo(Duration.ofSeconds(17));
        before = ticker.nanos();
        for (int i = 0; i < 10; i++) {
            assertThat(store.get(new ObjectName("o/" + i)).orElseThrow()).hasSize(20 << 10);
            assertThat(store.range(new ObjectName("o/" + i), 0, 10 << 10)).isPresent();
        }
        assertThat(Duration.ofNanos(ticker.nanos() - before))
                .isBetween(Duration.ofMillis(6200), Duration.ofMillis(6300));
    }

    @Test
    void ratesAreReadAndNonsenseIsRefused() {
        for (String rate : List.of("1", "500K", "20MiB", "1GiB/s", "3MB")) {
            assertThat(Bandwidth.of(address(rate), "upload", ticker)).as(rate).isPresent();
        }
        assertThat(Bandwidth.of(address("1"), "download", ticker)).isEmpty();
        for (String rate : List.of("", "0", "-1", "fast", "1.5MiB", "20 TiB")) {
            assertThatExceptionOfType(Failure.class)
                    .as(rate)
                    .isThrownBy(() -> Bandwidth.of(address(rate), "upload", ticker))
                    .matches(failure -> failure.code() == Code.BAD_ARGUMENT);
        }
    }

    private static PlaceAddress address(String rate) {
        return new PlaceAddress(PlaceAddress.Kind.FILE, "/v", "", Map.of("upload", rate));
    }
}
