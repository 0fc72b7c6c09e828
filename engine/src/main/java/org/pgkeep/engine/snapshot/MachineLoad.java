package org.pgkeep.engine.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** How much of the machine's processors is idle, and how much others than this process use. */
interface MachineLoad {
    /**
     * Of the processors' time since one last asked, as parts of 1.
     *
     * @param idle nobody's, waiting for the disk included
     * @param others that of other processes, and of other machines on the same processors
     */
    record Use(double idle, double others) {}

    /** What was used since the last call. */
    Use sinceLast();

    /** What Linux counts; everything idle where it counts nothing. */
    static MachineLoad ofKernel() {
        return new OfKernel();
    }

    /** By {@code /proc/stat} and {@code /proc/self/stat}, both in ticks (proc(5)). One thread's. */
    final class OfKernel implements MachineLoad {
        private static final Use IDLE = new Use(1, 0);

        /** In {@code /proc/stat}: user nice system idle iowait irq softirq steal. */
        private static final int KINDS = 8;

        private static final int IDLE_AT = 3;
        private static final int IOWAIT_AT = 4;

        /** In {@code /proc/self/stat}, behind the name in brackets: utime and stime. */
        private static final int OWN_AT = 11;

        private long[] before = counts();

        @Override
        public Use sinceLast() {
            long[] now = counts();
            long[] then = before;
            before = now;
            long all = now[0] - then[0];
            if (all <= 0) {
                return IDLE;
            }
            long idle = now[1] - then[1];
            long own = now[2] - then[2];
            return new Use((double) idle / all, (double) Math.max(0, all - idle - own) / all);
        }

        /** All ticks, those idle, those of this process; nothing where that can't be read. */
        private static long[] counts() {
            try {
                List<String> lines = Files.readAllLines(Path.of("/proc/stat"));
                long[] kinds =
                        Arrays.stream(lines.getFirst().strip().split("\\s+"))
                                .skip(1)
                                .limit(KINDS)
                                .mapToLong(Long::parseLong)
                                .toArray();
                String self = Files.readString(Path.of("/proc/self/stat"));
                String[] fields = self.substring(self.lastIndexOf(')') + 2).split(" ", -1);
                return new long[] {
                    Arrays.stream(kinds).sum(),
                    kinds[IDLE_AT] + kinds[IOWAIT_AT],
                    Long.parseLong(fields[OWN_AT]) + Long.parseLong(fields[OWN_AT + 1])
                };
            } catch (IOException | RuntimeException notLinux) {
                return new long[3];
            }
        }
    }
}
