package org.pgkeep.service.keep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.expire.Expirer;
import org.pgkeep.engine.expire.Expiry;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.Census;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Usage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What stays in a tier and what goes: verdicts, pins, sweeps. Any thread. */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /** A pass of copying is usually over by then; the first one of a large vault takes days. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int tier;
    private final Vault vault;
    private final InstantSource clock;
    private final Supplier<SweepSettings> settings;
    private final Lock copying;
    private final Function<ServerDocument, RetentionPolicy> policies;
    private final Function<ServerId, Map<SnapshotId, String>> pinnedElsewhere;
    private final Map<ServerId, Duration> shrunk;
    private final Expirer expirer;

    /**
     * The retention of a tier.
     *
     * @param tier its number
     * @param vault as that tier holds it
     * @param settings of a sweep that begins now
     * @param copying held while objects are copied to the tier: it is not swept then
     * @param policies how long the tier keeps a server's
     * @param pinnedElsewhere what is pinned in another tier counts here, too
     * @param shrunk windows that are shorter for want of room, as the newest sweep found; shared by
     *     all views of the tier
     */
    Retention(
            int tier,
            Vault vault,
            InstantSource clock,
            Supplier<SweepSettings> settings,
            Lock copying,
            Function<ServerDocument, RetentionPolicy> policies,
            Function<ServerId, Map<SnapshotId, String>> pinnedElsewhere,
            Map<ServerId, Duration> shrunk) {
        this.tier = tier;
        this.vault = vault;
        this.clock = clock;
        this.settings = settings;
        this.copying = copying;
        this.policies = policies;
        this.pinnedElsewhere = pinnedElsewhere;
        this.shrunk = shrunk;
        this.expirer = new Expirer(vault, this::policy, pinnedElsewhere);
    }

    /** The tier's number. */
    public int tier() {
        return tier;
    }

    /** The tier's vault. */
    public Vault vault() {
        return vault;
    }

    /** The time. */
    public InstantSource clock() {
        return clock;
    }

    /** How long the tier keeps what is that server's. */
    public RetentionPolicy policy(ServerDocument document) {
        RetentionPolicy wished = policies.apply(document);
        return wished.within(shrunk.getOrDefault(document.id(), wished.window()));
    }

    /** Shrinks the windows of servers whose backups take more room here than they may. */
    private void shrink(Instant passed) {
        for (ServerId id : ServerArchive.all(vault)) {
            Optional<ServerDocument> document = new ServerArchive(vault, id).document();
            OptionalLong most =
                    document.isEmpty()
                            ? OptionalLong.empty()
                            : RoomLimit.of(document.get().settings(), tier);
            if (most.isEmpty()) {
                shrunk.remove(id);
                continue;
            }
            RetentionPolicy wished = policies.apply(document.orElseThrow());
            Duration fits =
                    wished.least().equals(wished.window())
                            ? wished.window()
                            : RoomLimit.fit(
                                    wished.least(),
                                    wished.window(),
                                    most.getAsLong(),
                                    window -> needed(id, wished.within(window), passed));
            if (fits.equals(wished.window())) {
                shrunk.remove(id);
            } else if (!fits.equals(shrunk.put(id, fits))) {
                LOG.warn(
                        "backups of server {} may take {} MB in tier {}: its window shrinks from {}"
                                + " to {} days",
                        id,
                        most.getAsLong() >> 20,
                        tier,
                        wished.window().toDays(),
                        fits.toDays());
            }
        }
    }

    private long needed(ServerId id, RetentionPolicy tried, Instant passed) {
        Expirer trial =
                new Expirer(
                        vault,
                        document -> document.id().equals(id) ? tried : policy(document),
                        pinnedElsewhere);
        Usage.Bytes bytes =
                Census.count(vault, trial.plan(passed), SweepListener.SILENT)
                        .archives()
                        .getOrDefault(id.archive(), Usage.Bytes.NONE);
        return bytes.total() - bytes.pendingDeletion();
    }

    /** What stays of a server, and why. */
    public Optional<Expiry> expiry(ServerId id) {
        return expirer.expiry(id, passed());
    }

    /** What the engine wants to be rid of now. */
    public SweepPlan plan() {
        return expirer.plan(passed());
    }

    private Instant passed() {
        try (Sweep look = rehearsal(SweepSettings.DEFAULT)) {
            return look.clock().passed();
        }
    }

    /** The pinned backups of a server. */
    public Map<SnapshotId, Pins.Pin> pins(ServerId id) {
        return new Pins(vault, id.archive()).all();
    }

    private Sweep rehearsal(SweepSettings with) {
        return Sweep.rehearse(vault, clock, with, () -> Expirer.proven(vault));
    }

    private SweepSettings with(Optional<Duration> grace) {
        SweepSettings usual = settings.get();
        return grace.map(usual::withGrace).orElse(usual);
    }

    /**
     * Expires and sweeps.
     *
     * @param grace another grace period than the usual one
     * @throws Failure IN_USE while another sweep works there, or objects are copied there
     */
    public SweepReport sweep(Optional<Duration> grace, SweepListener listener) {
        return undisturbed(() -> {
            try (Sweep sweep =
                    Sweep.begin(vault, clock, with(grace), () -> Expirer.proven(vault))) {
                shrink(sweep.clock().passed());
                return sweep.run(expirer.plan(sweep.clock().passed()), listener);
            }
        });
    }

    /** What {@link #sweep} would do now. */
    public SweepReport rehearse(Optional<Duration> grace, SweepListener listener) {
        try (Sweep sweep = rehearsal(with(grace))) {
            shrink(sweep.clock().passed());
            return sweep.run(expirer.plan(sweep.clock().passed()), listener);
        }
    }

    /** Removes everything of a server that no other one needs, without waiting. */
    public SweepReport purge(ServerId id, SweepListener listener) {
        Tombstone whole =
                new Tombstone(
                        id.archive(), Optional.empty(), clock.instant(), true, "it was purged");
        return undisturbed(() -> {
            try (Sweep sweep =
                    Sweep.begin(vault, clock, settings.get(), () -> Expirer.proven(vault))) {
                SweepPlan plan = expirer.plan(sweep.clock().passed());
                List<Tombstone> burials = new ArrayList<>(plan.burials());
                burials.add(whole);
                return sweep.run(new SweepPlan(burials, plan.logs()), listener);
            }
        });
    }

    private <T> T undisturbed(Supplier<T> work) {
        try {
            if (!copying.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Failure(
                        Code.IN_USE,
                        "tier " + tier + " is being copied to",
                        "it is swept when that has ended; see how far it is with: pgkeep vault"
                                + " tier list");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED, "the sweep was cut short", "nothing is lost: sweep again", e);
        }
        try {
            return work.get();
        } finally {
            copying.unlock();
        }
    }
}
