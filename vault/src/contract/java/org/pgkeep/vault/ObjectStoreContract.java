package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What every store must do; an adapter's test extends it and says how a new one is made. */
public abstract class ObjectStoreContract {
    /** A store with nothing in it, the same one for the whole of a test. */
    protected abstract ObjectStore store();

    /** Whether a test server leaves such a thing of its own in listings for a while. */
    protected boolean isOfTheServer(StoredObject listed) {
        return false;
    }

    @Test
    void whatWasPutComesBack() {
        byte[] bytes = noise(1, 1_000_003);
        assertThat(store().putIfAbsent(name("a/b"), bytes)).isEqualTo(PutOutcome.CREATED);
        assertThat(store().get(name("a/b")).orElseThrow()).isEqualTo(bytes);
        assertThat(store().get(name("a/c"))).isEmpty();
        assertThat(store().range(name("a/c"), 0, 1)).isEmpty();
    }

    @Test
    void anObjectOfNoBytesIsAnObject() {
        assertThat(store().putIfAbsent(name("empty"), new byte[0])).isEqualTo(PutOutcome.CREATED);
        assertThat(store().get(name("empty")).orElseThrow()).isEmpty();
        assertThat(store().range(name("empty"), 0, 5).orElseThrow()).isEmpty();
        assertThat(store().list("")).containsExactly(new StoredObject(name("empty"), 0));
    }

    @Test
    void aTakenNameKeepsItsContent() {
        store().putIfAbsent(name("x/y"), new byte[] {1, 2, 3});
        assertThat(store().putIfAbsent(name("x/y"), new byte[] {9})).isEqualTo(PutOutcome.EXISTS);
        assertThat(store().get(name("x/y")).orElseThrow()).containsExactly(1, 2, 3);
    }

    @Test
    void theFrontOfAnArrayIsAnObjectWhateverBecomesOfTheArray() {
        byte[] buffer = noise(2, 600_000);
        byte[] front = Arrays.copyOf(buffer, 300_001);
        assertThat(store().putIfAbsent(name("f/1"), buffer, front.length))
                .isEqualTo(PutOutcome.CREATED);
        Arrays.fill(buffer, (byte) 7);
        assertThat(store().get(name("f/1")).orElseThrow()).isEqualTo(front);
        assertThat(store().putIfAbsent(name("f/1"), buffer, 1)).isEqualTo(PutOutcome.EXISTS);
        assertThat(store().get(name("f/1")).orElseThrow()).isEqualTo(front);
    }

    @Test
    void aRangeEndsWithTheObject() {
        store().putIfAbsent(name("r"), new byte[] {0, 1, 2, 3, 4});
        assertThat(store().range(name("r"), 0, 2).orElseThrow()).containsExactly(0, 1);
        assertThat(store().range(name("r"), 3, 2).orElseThrow()).containsExactly(3, 4);
        assertThat(store().range(name("r"), 3, 3).orElseThrow()).containsExactly(3, 4);
        assertThat(store().range(name("r"), 4, 1 << 30).orElseThrow()).containsExactly(4);
        assertThat(store().range(name("r"), 5, 1).orElseThrow()).isEmpty();
        assertThat(store().range(name("r"), Long.MAX_VALUE, 1).orElseThrow()).isEmpty();
        assertThat(store().range(name("r"), 1, 0).orElseThrow()).isEmpty();
    }

    @Test
    void aListingIsSortedAndOfThePrefixAlone() {
        for (String text : List.of("b/2", "a/x/1", "a/x-1", "a/10", "a/9", "ab/1")) {
            store().putIfAbsent(name(text), new byte[text.length()]);
        }
        assertThat(names("")).containsExactly("a/10", "a/9", "a/x-1", "a/x/1", "ab/1", "b/2");
        assertThat(names("a/")).containsExactly("a/10", "a/9", "a/x-1", "a/x/1");
        assertThat(names("a")).containsExactly("a/10", "a/9", "a/x-1", "a/x/1", "ab/1");
        assertThat(names("a/x")).containsExactly("a/x-1", "a/x/1");
        assertThat(names("a/x/")).containsExactly("a/x/1");
        assertThat(names("c/")).isEmpty();
        assertThat(store().list("a/x/")).containsExactly(new StoredObject(name("a/x/1"), 5));
    }

    @Test
    void foldersAreThoseWithAnObjectBelow() {
        for (String text : List.of("s/b/1", "s/a/deep/1", "s/c/1", "s/file", "t/z/1")) {
            store().putIfAbsent(name(text), new byte[1]);
        }
        store().delete(name("s/c/1"));
        assertThat(store().folders("s/")).containsExactly("a", "b");
        assertThat(store().folders("s/a/")).containsExactly("deep");
        assertThat(store().folders("nothing/")).isEmpty();
        assertThat(store().folders("")).containsExactly("s", "t");
    }

    @Test
    void whatWasDeletedIsGoneAndItsNameIsFree() {
        store().putIfAbsent(name("d/1"), new byte[] {1});
        store().delete(name("d/1"));
        store().delete(name("d/1"));
        store().delete(name("never/was"));
        assertThat(store().get(name("d/1"))).isEmpty();
        assertThat(store().list("")).isEmpty();
        assertThat(store().putIfAbsent(name("d/1"), new byte[] {2})).isEqualTo(PutOutcome.CREATED);
    }

    @Test
    void ofTwoPuttersOfOneNameExactlyOneCreatesIt() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 50; round++) {
                ObjectName name = name("race/" + round);
                List<byte[]> contents =
                        List.of(noise(1, 20_000), noise(2, 30_000));
                List<Callable<PutOutcome>> putters = new ArrayList<>();
                contents.forEach(bytes -> putters.add(() -> store().putIfAbsent(name, bytes)));
                List<PutOutcome> outcomes = new ArrayList<>();
                for (Future<PutOutcome> putter : threads.invokeAll(putters)) {
                    outcomes.add(putter.get());
                }
                assertThat(outcomes)
                        .containsExactlyInAnyOrder(PutOutcome.CREATED, PutOutcome.EXISTS);
                assertThat(store().get(name).orElseThrow())
                        .isEqualTo(contents.get(outcomes.indexOf(PutOutcome.CREATED)));
            }
        }
    }

    @Test
    void aListingSeesOnlyCompleteObjects() throws Exception {
        byte[] bytes = noise(3, 2_000_000);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> putter =
                    threads.submit(() -> {
                        for (int i = 0; i < 20; i++) {
                            store().putIfAbsent(name("big/" + i), bytes);
                        }
                        done.set(true);
                    });
            while (!done.get() && !putter.isDone()) {
                assertThat(store().list(""))
                        .filteredOn(object -> !isOfTheServer(object))
                        .allSatisfy(object -> {
                            assertThat(object.name().text()).startsWith("big/");
                            assertThat(object.bytes()).isEqualTo(bytes.length);
                        });
            }
            putter.get();
        }
        assertThat(store().list("big/")).hasSize(20);
    }

    @Test
    void namesThatLeadElsewhereAreNoNames() {
        for (String text :
                List.of(
                        "",
                        "/",
                        "a/",
                        "/a",
                        "a//b",
                        ".",
                        "..",
                        "a/..",
                        "../a",
                        "a/./b",
                        "tmp",
                        "tmp/x",
                        "a b",
                        "a\n",
                        "ä",
                        "a\\b",
                        "x".repeat(256))) {
            assertThatIllegalArgumentException().isThrownBy(() -> new ObjectName(text));
        }
        assertThat(name("a/.hidden/..x/tmp/-_.").text()).isEqualTo("a/.hidden/..x/tmp/-_.");
    }

    private List<String> names(String prefix) {
        return store().list(prefix).stream().map(object -> object.name().text()).toList();
    }

    /** Bytes that don't compress. */
    private static byte[] noise(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static ObjectName name(String text) {
        return new ObjectName(text);
    }
}
