package org.pgkeep.service.keep;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.service.home.TierStores.OpenTier;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.HeldLocks;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.tier.TierKeep;

/**
 * The retention of each tier. Each is swept by itself, by the tier's own word on how long it keeps
 * what it has; where it says nothing, by the server's.
 *
 * <p>Any thread.
 */
public final class TierRetentions {
    private final Vault first;
    private final Tiers tiers;
    private final InstantSource clock;
    private final ReentrantLock nobodyCopies = new ReentrantLock();

    /** Windows that are shorter for want of room, by the places of the tier. */
    private final Map<List<String>, Map<ServerId, Duration>> shrunk = new ConcurrentHashMap<>();

    /** What was asked of each tier's locks. */
    private final Map<ObjectLock, HeldLocks> locks = new ConcurrentHashMap<>();

    public TierRetentions(Vault first, Tiers tiers, InstantSource clock) {
        this.first = first;
        this.tiers = tiers;
        this.clock = clock;
    }

    /** The numbers of all tiers. */
    public List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 1; i <= tiers.all().size(); i++) {
            numbers.add(i);
        }
        return numbers;
    }

    /** That of the first tier. */
    public Retention first() {
        return of(1);
    }

    /**
     * That of a tier.
     *
     * @throws org.pgkeep.failure.Failure BAD_ARGUMENT if there is no such tier; what its place has
     *     to say, if it is away
     */
    public Retention of(int tier) {
        if (tier == 1) {
            return new Retention(
                    1,
                    first,
                    clock,
                    this::settingsOfFirst,
                    nobodyCopies,
                    policies(1),
                    _ -> Map.of(),
                    shrunk(tiers.first()));
        }
        Tiers.Later later = tiers.laterOf(tier);
        return new Retention(
                tier,
                later.open(),
                clock,
                () -> settingsOf(later.tier()),
                later.copying(),
                policies(tier),
                this::pinnedInFirst,
                shrunk(later.tier()));
    }

    private Function<ServerDocument, RetentionPolicy> policies(int tier) {
        TierKeep keep = tiers.settings(tier).keep();
        return document -> policy(keep, RetentionPolicy.of(document.settings()));
    }

    /** The tier's word first, the server's where it has none; long-term keeps of either stay. */
    static RetentionPolicy policy(TierKeep keep, RetentionPolicy server) {
        Duration most =
                keep.retentionMax()
                        .or(() ->
                                keep.retentionMin()
                                        .filter(least -> least.compareTo(server.window()) > 0))
                        .orElse(server.window());
        Duration least =
                keep.retentionMin()
                        .or(() ->
                                keep.retentionMax().filter(it -> it.compareTo(server.least()) < 0))
                        .orElse(server.least());
        return new RetentionPolicy(
                most.compareTo(least) < 0 ? least : most,
                least,
                Math.max(keep.weekly(), server.weekly()),
                Math.max(keep.monthly(), server.monthly()),
                Math.max(keep.yearly(), server.yearly()));
    }

    private Map<SnapshotId, String> pinnedInFirst(ServerId id) {
        Map<SnapshotId, String> pinned = new HashMap<>();
        first().pins(id).forEach((snapshot, pin) -> pinned.put(snapshot, pin.why()));
        return pinned;
    }

    /** What a later tier has not got yet stays in the first. */
    private SweepSettings settingsOfFirst() {
        return new SweepSettings(
                SweepSettings.GRACE_DEFAULT,
                false,
                tiers::isNeeded,
                name -> false,
                locks(tiers.first()));
    }

    private SweepSettings settingsOf(OpenTier tier) {
        Set<ObjectName> inFirst =
                tiers.first().store().list(Names.PACKS_PREFIX).stream()
                        .map(object -> Forms.own(object.name()))
                        .collect(Collectors.toSet());
        Predicate<ObjectName> nothing = name -> false;
        return new SweepSettings(
                SweepSettings.GRACE_DEFAULT, true, nothing, inFirst::contains, locks(tier));
    }

    private Map<ServerId, Duration> shrunk(OpenTier tier) {
        return shrunk.computeIfAbsent(tier.settings().places(), _ -> new ConcurrentHashMap<>());
    }

    private Optional<HeldLocks> locks(OpenTier tier) {
        return tier.locks().map(lock -> locks.computeIfAbsent(lock, HeldLocks::new));
    }
}
