package org.pgkeep.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.testkit.store.FaultProxy;
import org.pgkeep.testkit.store.FaultProxy.Fault;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.ObjectStoreContract;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PutOutcome;

/**
 * What every place behind a network must do: all that a store must, and that also when answers get
 * lost, connections are cut, bytes change on the way, and the service is slow or silent.
 */
abstract class FarPlaceContract extends ObjectStoreContract {
    /** Short enough for a test, long enough for a server on a busy machine. */
    static final Patience QUICK =
            new Patience(
                    4,
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofSeconds(10),
                    1 << 20);

    /** So that a call that hangs is given up at once. */
    static final Patience HASTY =
            new Patience(
                    2,
                    Duration.ofMillis(5),
                    Duration.ofMillis(5),
                    Duration.ofMillis(1500),
                    1 << 30);

    private static final ObjectName NAME = new ObjectName("packs/ab/abc");
    private static final AtomicInteger PREFIXES = new AtomicInteger();

    private final byte[] content = new byte[300_000];
    private String prefix = "";
    private ObjectStore store;

    FarPlaceContract() {
        new Random(7).nextBytes(content);
        store = open("before", environment(), QUICK, "vault");
    }

    /** The address of a place at a port of the loopback address. */
    abstract PlaceAddress address(String bucket, String prefix, int port);

    /** What opens it. */
    abstract Map<String, String> environment();

    /** Stands before the service. */
    abstract FaultProxy proxy();

    /** An answer of the service's own kind. */
    abstract String answer(String word);

    /** The method a put is made with. */
    String put() {
        return "PUT";
    }

    @BeforeEach
    void freshPlace() {
        prefix = "test-" + PREFIXES.incrementAndGet() + "/of";
        store = proven(QUICK);
        proxy().clear();
    }

    /** A store that has tried out already what the first put would. */
    private ObjectStore proven(Patience patience) {
        proxy().clear();
        ObjectStore opened = open(prefix, environment(), patience, "vault");
        ((FarStore) opened).prove();
        return opened;
    }

    private ObjectStore open(
            String below, Map<String, String> environment, Patience patience, String bucket) {
        return open(below, environment, patience, bucket, proxy().port());
    }

    private ObjectStore open(
            String below,
            Map<String, String> environment,
            Patience patience,
            String bucket,
            int port) {
        return new StoragePlaces(
                        environment,
                        Path.of("/nonexistent"),
                        InstantSource.system(),
                        new Random(1),
                        patience,
                        Ticker.SYSTEM)
                .open(address(bucket, below, port));
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Test
    void aPutWhoseAnswerWasLostIsCreated() {
        proxy().next(put(), new Fault.LoseAnswer());
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
        assertThat(proxy().waiting()).isZero();
        assertThat(store.get(NAME)).hasValue(content);
    }

    @Test
    void aPutWhoseAnswerWasLostIsNotCreatedIfTheNameBelongsToAnother() {
        byte[] others = {1, 2, 3};
        store.putIfAbsent(NAME, others);
        proxy().next(put(), new Fault.LoseAnswer());
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.EXISTS);
        assertThat(proxy().waiting()).isZero();
        assertThat(store.get(NAME)).hasValue(others);
    }

    @Test
    void aTakenNameIsNotOursOnlyBecauseTheBytesAreTheSame() {
        store.putIfAbsent(NAME, content);
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.EXISTS);
    }

    @Test
    void connectionsThatAreCutAreTriedAgain() {
        proxy().next(put(), new Fault.Cut(), new Fault.CutUpload());
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
        proxy().next("GET", new Fault.Cut(), new Fault.CutAnswer());
        assertThat(store.get(NAME)).hasValue(content);
        proxy().next("GET", new Fault.CutAnswer());
        assertThat(store.range(NAME, 1000, 200_000).orElseThrow())
                .isEqualTo(java.util.Arrays.copyOfRange(content, 1000, 201_000));
        proxy().next("GET", new Fault.CutAnswer());
        assertThat(store.list("")).hasSize(1);
        proxy().next("DELETE", new Fault.Cut());
        store.delete(NAME);
        proxy().next("DELETE", new Fault.LoseAnswer());
        store.delete(NAME);
        assertThat(store.get(NAME)).isEmpty();
        assertThat(proxy().waiting()).isZero();
    }

    @Test
    void bytesThatChangeOnTheWayAreNeverCalledStored() {
        proxy().next(put(), new Fault.CorruptUpload());
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
        assertThat(proxy().waiting()).isZero();
        assertThat(store.get(NAME)).hasValue(content);
    }

    @Test
    void aServiceThatIsBusyIsAskedAgain() {
        proxy().next(
                        put(),
                        new Fault.Answer(503, answer("SlowDown")),
                        new Fault.Answer(429, answer("TooManyRequests")),
                        new Fault.Answer(500, answer("InternalError")));
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
        proxy().next("GET", new Fault.Answer(503, answer("ServerBusy")));
        assertThat(store.get(NAME)).hasValue(content);
        assertThat(proxy().waiting()).isZero();
    }

    @Test
    void aServiceThatStaysBusyIsUnavailableAfterSoManyAttempts() {
        for (int i = 0; i < QUICK.attempts(); i++) {
            proxy().next("GET", new Fault.Answer(503, answer("SlowDown")));
        }
        assertUnavailable(() -> store.get(NAME), "SlowDown", "4 times", store.location());
        assertThat(proxy().waiting()).isZero();
        assertThat(store.get(NAME)).isEmpty();
    }

    @Test
    void aCallThatHangsIsGivenUpAndTheNextOneWorks() {
        ObjectStore hasty = proven(HASTY);
        assertThat(hasty.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
        proxy().next("GET", new Fault.Hang(), new Fault.Hang());
        assertUnavailable(() -> hasty.get(NAME), "did not answer in time", "2 times");
        assertThat(hasty.get(NAME)).hasValue(content);
        ObjectName second = new ObjectName("packs/ab/second");
        proxy().next(put(), new Fault.HangAfter());
        assertThat(hasty.putIfAbsent(second, content)).isEqualTo(PutOutcome.CREATED);
        assertThat(proxy().waiting()).isZero();
        assertThat(hasty.list("packs/")).hasSize(2);
    }

    @Test
    void anInterruptedThreadEndsWithInterrupted() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, content))
                .matches(failure -> failure.code() == Code.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(store.putIfAbsent(new ObjectName("after"), content))
                .isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void largeObjectsComeBackWholeAndInPieces() {
        byte[] large = new byte[24 << 20];
        new Random(8).nextBytes(large);
        assertThat(store.putIfAbsent(NAME, large)).isEqualTo(PutOutcome.CREATED);
        assertThat(store.get(NAME)).hasValue(large);
        int middle = 11 << 20;
        assertThat(store.range(NAME, middle, 1 << 20).orElseThrow())
                .isEqualTo(java.util.Arrays.copyOfRange(large, middle, middle + (1 << 20)));
        List<FaultProxy.Request> gets =
                proxy().requests().stream().filter(each -> each.method().equals("GET")).toList();
        assertThat(gets.getLast().head().toLowerCase(java.util.Locale.ROOT))
                .as("a range is asked for, not cut out of the whole")
                .contains("range: bytes=" + middle + "-" + (middle + (1 << 20) - 1));
    }

    @Test
    void everyPutIsAConditionalOneAndOneRequest() {
        store.putIfAbsent(NAME, new byte[9 << 20]);
        List<FaultProxy.Request> puts =
                proxy().requests().stream().filter(each -> each.method().equals(put())).toList();
        assertThat(puts).hasSize(1);
        assertThat(puts.getFirst().bodyBytes()).isEqualTo(9 << 20);
        assertThat(puts.getFirst().head().toLowerCase(java.util.Locale.ROOT))
                .contains("if-none-match: *");
    }

    @Test
    void wrongCredentialsAreToldOfWithoutTheirSecrets() {
        ObjectStore wrong = open(prefix, wrongSecret(), QUICK, "vault");
        assertNoSecret(assertUnavailable(() -> wrong.putIfAbsent(NAME, content), "can't store"));
        assertNoSecret(assertUnavailable(() -> wrong.get(NAME), "can't read"));
        assertNoSecret(assertUnavailable(() -> wrong.list(""), "can't list"));
        assertNoSecret(assertUnavailable(() -> wrong.delete(NAME), "can't delete"));
        assertThat(proxy().requests()).as("none is tried twice").hasSize(4);
        assertThat(store.get(NAME)).isEmpty();
    }

    @Test
    void aBucketThatIsNotThereIsToldOf() {
        ObjectStore nowhere = open(prefix, environment(), QUICK, "nowhere");
        assertUnavailable(() -> nowhere.get(NAME), "no such bucket or container");
        assertUnavailable(() -> nowhere.list(""), "no such bucket or container");
        assertUnavailable(() -> nowhere.putIfAbsent(NAME, content), "no such bucket or container");
    }

    @Test
    void refusalsSayWhatToDoAndAreNotTriedAgain() {
        proxy().next(put(), new Fault.Answer(403, answer("AccessDenied")));
        assertUnavailable(() -> store.putIfAbsent(NAME, content), "don't allow it (AccessDenied)");
        proxy().next("GET", new Fault.Answer(400, answer("ExpiredToken")));
        assertUnavailable(() -> store.get(NAME), "have expired");
        proxy().next("GET", new Fault.Answer(403, answer("RequestTimeTooSkewed")));
        assertUnavailable(() -> store.get(NAME), "clock");
        assertThat(proxy().requests()).hasSize(3);
        assertThat(store.putIfAbsent(NAME, content)).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aPlaceThatCantBeReachedIsToldOf() {
        ObjectStore away = open(prefix, environment(), QUICK, "vault", ServerlessPort.NUMBER);
        Failure failure = assertUnavailable(() -> away.get(NAME), "4 times", "Connection refused");
        assertNoSecret(failure);
        assertThat(failure.hint()).contains("check the network");
    }

    /** What opens the place, with another secret in it. */
    abstract Map<String, String> wrongSecret();

    /** A port where nobody listens: the lowest one, which is reserved. */
    private static final class ServerlessPort {
        private static final int NUMBER = 1;
    }

    private static void assertNoSecret(Failure failure) {
        java.io.StringWriter all = new java.io.StringWriter();
        failure.printStackTrace(new java.io.PrintWriter(all));
        assertThat(all + failure.hint()).doesNotContain("hunter2").doesNotContain("aHVudGVyMg");
    }

    static Failure assertUnavailable(ThrowingCallable call, String... words) {
        Failure failure = catchThrowableOfType(Failure.class, call);
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.code()).as(failure.message()).isEqualTo(Code.STORE_UNAVAILABLE);
        assertThat(failure.hint()).isNotEmpty();
        assertThat(failure.message()).contains(words);
        return failure;
    }
}
