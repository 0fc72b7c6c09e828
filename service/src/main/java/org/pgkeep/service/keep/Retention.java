package org.pgkeep.service.keep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.expire.Expirer;
import org.pgkeep.engine.expire.Expiry;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;

/** What stays in a tier and what goes: verdicts, pins, sweeps. Any thread. */
public final class Retention {
    /** A pass of copying is usually over by then; the first one of a large vault takes days. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int tier;
    private final Vault vault;
    private final InstantSource clock;
    private final Supplier<SweepSettings> settings;
    private final Lock copying;
    private final Function<ServerDocument, RetentionPolicy> policies;
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
     */
    Retention(
            int tier,
            Vault vault,
            InstantSource clock,
            Supplier<SweepSettings> settings,
            Lock copying,
            Function<ServerDocument, RetentionPolicy> policies,
            Function<ServerId, Map<SnapshotId, String>> pinnedElsewhere) {
        this.tier = tier;
        this.vault = vault;
        this.clock = clock;
        this.settings = settings;
        this.copying = copying;
        this.policies = policies;
        this.expirer = new Expirer(vault, policies, pinnedElsewhere);
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
        return policies.apply(document);
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
                return sweep.run(expirer.plan(sweep.clock().passed()), listener);
            }
        });
    }

    /** What {@link #sweep} would do now. */
    public SweepReport rehearse(Optional<Duration> grace, SweepListener listener) {
        try (Sweep sweep = rehearsal(with(grace))) {
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
                    Sweep.begin(
                            vault, clock, settings.get(), () -> Expirer.proven(vault))) {
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
