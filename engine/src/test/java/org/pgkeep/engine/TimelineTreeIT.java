package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.testkit.PostgresBinaries;

/**
 * Restores of restores, with promotions in between: a tree of timelines, each server with an
 * archive of its own, random moments of each against what was written to it and to those it came
 * from. {@code -Dpgkeep.seed=N} repeats a run's choices, {@code -Dpgkeep.depth=N} makes the tree
 * deeper, {@code -Dpgkeep.moments=N} looks at more moments of each server.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class TimelineTreeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long SEED = Long.getLong("pgkeep.seed", System.nanoTime());
    private static final int DEPTH = Integer.getInteger("pgkeep.depth", 2);
    private static final int MOMENTS = Integer.getInteger("pgkeep.moments", 1);

    /** One transaction: what it wrote, which it was, and a position right behind it. */
    private record Written(int number, long xid, Lsn behind) {}

    /** A server, what it had when it was made, and what was written to it since. */
    private record Node(World.Kept server, List<Integer> inherited, List<Written> written) {}

    @Test
    void holdsWhatWasWrittenOnTheWayThereAndNothingElse() throws Exception {
        Random random = new Random(SEED);
        try (World world = new World(PostgresBinaries.rotating().getFirst())) {
            World.Kept origin = world.create(Map.of());
            World.sql(origin, "postgres", "CREATE TABLE w (n int)");
            List<Node> way = new ArrayList<>();
            Node node = new Node(origin, List.of(), new ArrayList<>());
            int timeline = 1;
            for (int depth = 0; depth < DEPTH; depth++) {
                way.add(node);
                int promotedAt = grow(world, node, random);
                timeline++;
                assertThat(timelineOf(node)).as("seed %s", SEED).isEqualTo(timeline);
                for (int i = 0; i < MOMENTS; i++) {
                    restored(world, node, random).server().server.removeRoot();
                }
                int behind = node.written().size() - promotedAt - 1;
                node = restored(world, node, promotedAt + random.nextInt(behind), random);
                timeline++;
                assertThat(timelineOf(node)).as("seed %s", SEED).isEqualTo(timeline);
                world.capture(node.server());
            }
            // nobody wrote into a parent's archive: all of them still lead to their own ends
            for (Node each : way) {
                restored(world, each, each.written().size() - 1, random)
                        .server()
                        .server
                        .removeRoot();
            }
            assertThat(timeline).isGreaterThanOrEqualTo(4);
        }
    }

    /**
     * A snapshot, transactions, a promotion, and more of them.
     *
     * @return the first transaction behind the promotion
     */
    private static int grow(World world, Node node, Random random) {
        world.snapshot(node.server(), "early");
        write(node, 3 + random.nextInt(5));
        CaptureIT.promoteInPlace(node.server());
        int promotedAt = node.written().size();
        write(node, 3 + random.nextInt(5));
        if (random.nextBoolean()) {
            world.snapshot(node.server(), "late");
            write(node, 2);
        }
        assertThat(node.server().capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
        return promotedAt;
    }

    private static void write(Node node, int transactions) {
        for (int i = 0; i < transactions; i++) {
            int number = node.inherited().size() + node.written().size();
            long xid =
                    Long.parseLong(
                            one(
                                    node,
                                    "INSERT INTO w VALUES ("
                                            + number
                                            + ") RETURNING txid_current()"));
            Lsn behind = Lsn.parse(one(node, "SELECT pg_current_wal_insert_lsn()"));
            node.written().add(new Written(number, xid & 0xFFFF_FFFFL, behind));
        }
    }

    private static int timelineOf(Node node) {
        return Integer.parseInt(
                one(node, "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"), 16);
    }

    private static Node restored(World world, Node from, Random random) throws Exception {
        // the next transaction has to be there too, for a restore right before it
        return restored(world, from, random.nextInt(from.written().size() - 1), random);
    }

    /** Right behind one of the node's transactions, said in one of three ways. */
    private static Node restored(World world, Node from, int last, Random random) throws Exception {
        Written written = from.written().get(last);
        boolean hasNext = last + 1 < from.written().size();
        RestoreTarget target =
                switch (random.nextInt(hasNext ? 3 : 2)) {
                    case 0 -> new RestoreTarget.ToLsn(written.behind());
                    case 1 -> new RestoreTarget.ToXid(written.xid());
                    default -> new RestoreTarget.BeforeXid(from.written().get(last + 1).xid());
                };
        World.Restored copy = world.restore(world.plan(from.server(), target));
        assertThat(copy.outcome().checks()).isNotEmpty().allMatch(RestoreCheck::good);
        List<Integer> expected = new ArrayList<>(from.inherited());
        from.written().subList(0, last + 1).forEach(each -> expected.add(each.number()));
        Node node = new Node(copy.server(), List.copyOf(expected), new ArrayList<>());
        assertThat(World.sql(node.server(), "postgres", "SELECT n FROM w ORDER BY n"))
                .as("seed %s, %s of %s", SEED, target, from.server().id())
                .isEqualTo(expected.stream().map(number -> List.of("" + number)).toList());
        return node;
    }

    private static String one(Node node, String sql) {
        return World.sql(node.server(), "postgres", sql).getFirst().getFirst();
    }
}
