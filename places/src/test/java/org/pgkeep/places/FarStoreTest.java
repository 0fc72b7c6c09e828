package org.pgkeep.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.CallFailed.Trouble;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/** The store's decisions, over a service whose every answer is planned. */
class FarStoreTest {
    private static final ObjectName NAME = new ObjectName("a/b");
    private static final byte[] OURS = {1, 2, 3};
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Service service = new Service();
    private final FakeTicker ticker = new FakeTicker();
    private final FarStore store =
            new FarStore(
                    PlaceAddress.parse("s3://bucket/prefix?region=eu-1"),
                    service,
                    new Patience(5, Duration.ofMillis(100), Duration.ofSeconds(1), ANSWER, 1 << 20),
                    ticker,
                    new Random(1));

    @Test
    void aPutIsHeldAgainstTheServicesDigest() {
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(service.calls).containsExactly("create", "stat");
    }

    @Test
    void aServiceThatTellsNoDigestIsReadBack() {
        service.digests = Digests.NONE;
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(service.calls).containsExactly("create", "stat", "read");
    }

    @Test
    void aDigestThatIsNoneIsFoundOutOnceAndNotBelievedAgain() {
        service.digests = Digests.OF_SOMETHING_ELSE;
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(store.putIfAbsent(new ObjectName("c"), OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(service.objects).hasSize(2);
    }

    @Test
    void whatWasStoredWronglyIsStoredAgainAndNeverCalledStored() {
        service.storeWrongly = 2;
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(service.objects.get("a/b")).isEqualTo(OURS);
        service.storeWrongly = 100;
        ObjectName second = new ObjectName("c");
        assertUnavailable(() -> store.putIfAbsent(second, OURS), "not what was sent");
        assertThat(service.objects).doesNotContainKey("c");
    }

    @Test
    void aPutThatMayHaveBeenDoneIsOursIfTheBytesAre() {
        service.plan("create", Trouble.BROKEN, true);
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        ObjectName second = new ObjectName("c");
        service.plan("create", Trouble.TIMEOUT, true);
        assertThat(store.putIfAbsent(second, OURS)).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void aPutThatWasThrottledWasNotDone() {
        service.objects.put("a/b", OURS.clone());
        service.plan("create", Trouble.THROTTLED, false);
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.EXISTS);
    }

    @Test
    void aPutWhoseCheckGotNoAnswerIsStillOurs() {
        service.plan("stat", Trouble.BROKEN, false);
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.CREATED);
        assertThat(service.calls).containsExactly("create", "stat", "create", "stat");
    }

    @Test
    void aPutThatFindsAnothersBytesAfterALostAnswerIsNotOurs() {
        service.objects.put("a/b", new byte[] {9, 9, 9});
        service.plan("create", Trouble.BROKEN, false);
        assertThat(store.putIfAbsent(NAME, OURS)).isEqualTo(PutOutcome.EXISTS);
        assertThat(service.objects.get("a/b")).containsExactly(9, 9, 9);
    }

    @Test
    void pausesGrowAreSpreadAndEndAtALimit() {
        for (int i = 0; i < 10; i++) {
            service.plan("read", Trouble.BROKEN, false);
        }
        assertUnavailable(() -> store.get(NAME), "5 times", "s3://bucket/prefix");
        assertThat(ticker.pauses).hasSize(4);
        for (int i = 0; i < 4; i++) {
            long full = Math.min(100L << i, 1000);
            assertThat(ticker.pauses.get(i).toMillis()).isBetween(full / 2, full);
        }
        assertThat(ticker.pauses.stream().map(pause -> pause.toNanos() % 1_000_000).distinct())
                .as("pauses are spread by chance")
                .hasSizeGreaterThan(1);
    }

    @Test
    void aServiceThatHangsIsGivenUpBeforeAllAttemptsAreMade() {
        service.callTakes = ANSWER.multipliedBy(2);
        for (int i = 0; i < 10; i++) {
            service.plan("delete", Trouble.TIMEOUT, false);
        }
        assertUnavailable(() -> store.delete(NAME), "2 times");
    }

    @Test
    void whatCannotPassIsNotTriedAgain() {
        for (Trouble trouble : Trouble.values()) {
            if (!trouble.passes() && trouble != Trouble.MISSING && trouble != Trouble.SHORT) {
                service.calls.clear();
                service.plan("read", trouble, false);
                assertUnavailable(() -> store.get(NAME), "s3://bucket/prefix");
                assertThat(service.calls).containsExactly("read");
            }
        }
        assertThat(ticker.pauses).isEmpty();
    }

    @Test
    void refusedCredentialsAreReadAgain() {
        for (Trouble trouble : List.of(Trouble.EXPIRED, Trouble.BAD_CREDENTIALS)) {
            service.plan("read", trouble, false);
            assertUnavailable(() -> store.get(NAME), "credentials");
        }
        assertThat(service.forgotten).isEqualTo(2);
    }

    @Test
    void anAnswerCutShortIsNotTheEndOfTheObject() {
        service.objects.put("a/b", OURS.clone());
        service.plan("range", Trouble.SHORT, false);
        assertThat(store.range(NAME, 0, 3)).hasValue(OURS);
        assertThat(ticker.pauses).hasSize(1);
    }

    @Test
    void aServiceThatStoresOverObjectsIsRefused() {
        service.keepsWhatIsThere = false;
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> store.putIfAbsent(NAME, OURS))
                .matches(failure -> failure.code() == Code.WRONG_PLACE)
                .withMessageContaining("s3://bucket/prefix");
        assertThat(service.objects).isEmpty();
    }

    @Test
    void theConditionIsTriedOutOnceAndLeavesOneObjectThatIsNone() {
        for (int i = 0; i < 3; i++) {
            store.putIfAbsent(new ObjectName("o/" + i), OURS);
        }
        assertThat(service.probes).isEqualTo(2);
        assertThat(ObjectName.isValid(service.probeName)).isFalse();
    }

    private static void assertUnavailable(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(call)
                .matches(failure -> failure.code() == Code.STORE_UNAVAILABLE)
                .satisfies(failure -> assertThat(failure.message()).contains(words));
    }

    /** What the service says of an object's digest. */
    private enum Digests {
        RIGHT,
        NONE,
        OF_SOMETHING_ELSE
    }

    private record Planned(String call, Trouble trouble, boolean done) {}

    /** Objects in memory, and failures that are planned. */
    private final class Service implements FarClient {
        private final Map<String, byte[]> objects = new HashMap<>();
        private final Deque<Planned> planned = new ArrayDeque<>();
        private final List<String> calls = new ArrayList<>();
        private Digests digests = Digests.RIGHT;
        private Duration callTakes = Duration.ZERO;
        private int storeWrongly;
        private boolean keepsWhatIsThere = true;
        private int probes;
        private String probeName = "";
        private int forgotten;

        void plan(String call, Trouble trouble, boolean done) {
            planned.add(new Planned(call, trouble, done));
        }

        private void meet(String call, Runnable act) {
            calls.add(call);
            ticker.pass(callTakes);
            Planned first = planned.peek();
            if (first != null && first.call().equals(call)) {
                planned.remove();
                if (first.done()) {
                    act.run();
                }
                throw new CallFailed(first.trouble(), "planned");
            }
        }

        @Override
        public void create(String name, byte[] content, Duration within) {
            if (!ObjectName.isValid(name)) {
                probes++;
                boolean second = name.equals(probeName);
                probeName = name;
                if (second && keepsWhatIsThere) {
                    throw new CallFailed(Trouble.TAKEN, "");
                }
                return;
            }
            byte[] stored = content.clone();
            if (storeWrongly > 0) {
                storeWrongly--;
                stored[0]++;
            }
            meet("create", () -> objects.putIfAbsent(name, stored));
            if (objects.putIfAbsent(name, stored) != null) {
                throw new CallFailed(Trouble.TAKEN, "");
            }
        }

        @Override
        public byte[] read(String name, Duration within) {
            meet("read", () -> {});
            return there(name);
        }

        @Override
        public byte[] read(String name, long offset, int length, Duration within) {
            meet("range", () -> {});
            return java.util.Arrays.copyOfRange(there(name), (int) offset, (int) offset + length);
        }

        @Override
        public Stat stat(String name, Duration within) {
            meet("stat", () -> {});
            byte[] bytes = there(name);
            return new Stat(
                    bytes.length,
                    switch (digests) {
                        case RIGHT -> Optional.of(md5(bytes));
                        case NONE -> Optional.empty();
                        case OF_SOMETHING_ELSE -> Optional.of(md5(new byte[] {7}));
                    });
        }

        private byte[] there(String name) {
            byte[] bytes = objects.get(name);
            if (bytes == null) {
                throw new CallFailed(Trouble.MISSING, "");
            }
            return bytes;
        }

        @Override
        public List<StoredObject> list(String prefix, Duration within) {
            meet("list", () -> {});
            return List.of();
        }

        @Override
        public List<String> folders(String prefix, Duration within) {
            meet("folders", () -> {});
            return List.of();
        }

        @Override
        public void delete(String name, Duration within) {
            meet("delete", () -> objects.remove(name));
            objects.remove(name);
        }

        @Override
        public void forgetCredentials() {
            forgotten++;
        }
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(java.security.MessageDigest.getInstance("MD5").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
