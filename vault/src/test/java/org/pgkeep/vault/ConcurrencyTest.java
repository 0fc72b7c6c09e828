package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ConcurrencyTest {
    private static final int THREADS = 6;

    private final MemoryStore store = new MemoryStore();
    private final Vault vault = SampleVault.create(store);

    @Test
    void writersOfOneDocumentTakeTurnsAndLoseNothing() throws Exception {
        ArchiveId id = ArchiveId.random(SampleVault.RANDOM);
        List<List<Integer>> versions =
                inParallel(thread -> {
                    Archive archive = SampleVault.open(store).archive(id);
                    List<Integer> own = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        byte[] content = {(byte) thread, (byte) i};
                        own.add(archive.putDocument("server", content).version());
                    }
                    return own;
                });
        TreeSet<Integer> all = new TreeSet<>();
        for (List<Integer> own : versions) {
            assertThat(own).isSorted();
            all.addAll(own);
        }
        assertThat(all).hasSize(THREADS * 20);
        assertThat(all.first()).isEqualTo(1);
        assertThat(all.last()).isEqualTo(THREADS * 20);
        assertThat(vault.archive(id).newestDocument("server").orElseThrow().version())
                .isEqualTo(THREADS * 20);
    }

    @Test
    void severalWritersAndReadersWorkAtOnce() throws Exception {
        List<List<Slice>> slices =
                inParallel(thread -> {
                    List<Slice> own = new ArrayList<>();
                    try (PackWriter writer = vault.newPackWriter()) {
                        for (int i = 0; i < 60; i++) {
                            byte[] bytes = content(thread, i);
                            own.add(writer.appendData(bytes, 0, bytes.length));
                        }
                        writer.finish();
                    }
                    return own;
                });
        inParallel(_ -> {
            for (int i = 0; i < 60; i++) {
                for (int writer = 0; writer < THREADS; writer++) {
                    assertThat(vault.reader().read(slices.get(writer).get(i)))
                            .isEqualTo(content(writer, i));
                }
            }
            return true;
        });
    }

    private static byte[] content(int thread, int number) {
        return SampleVault.noise(thread * 1000L + number, 1 + number * 2000);
    }

    private static <T> List<T> inParallel(Work<T> work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<T>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                calls.add(() -> work.of(thread));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> call : threads.invokeAll(calls)) {
                results.add(call.get());
            }
            return results;
        }
    }

    private interface Work<T> {
        T of(int thread);
    }
}
