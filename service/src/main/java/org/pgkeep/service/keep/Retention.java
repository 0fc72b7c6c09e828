package org.pgkeep.service.keep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.expire.Expirer;
import org.pgkeep.engine.expire.Expiry;
import org.pgkeep.engine.expire.RetentionPolicy;
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
    private final Vault vault;
    private final InstantSource clock;
    private final SweepSettings settings;
    private final Expirer expirer;

    /** The retention of a tier. */
    public Retention(Vault vault, InstantSource clock, SweepSettings settings) {
        this.vault = vault;
        this.clock = clock;
        this.settings = settings;
        this.expirer = new Expirer(vault, document -> RetentionPolicy.of(document.settings()));
    }

    /** The tier's vault. */
    public Vault vault() {
        return vault;
    }

    /** The time. */
    public InstantSource clock() {
        return clock;
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
        try (Sweep look = rehearsal(settings)) {
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

    /**
     * Expires and sweeps.
     *
     * @param grace another grace period than the usual one
     * @throws org.pgkeep.failure.Failure IN_USE while another sweep works there
     */
    public SweepReport sweep(Optional<Duration> grace, SweepListener listener) {
        SweepSettings with = grace.map(settings::withGrace).orElse(settings);
        try (Sweep sweep = Sweep.begin(vault, clock, with, () -> Expirer.proven(vault))) {
            return sweep.run(expirer.plan(sweep.clock().passed()), listener);
        }
    }

    /** What {@link #sweep} would do now. */
    public SweepReport rehearse(Optional<Duration> grace, SweepListener listener) {
        SweepSettings with = grace.map(settings::withGrace).orElse(settings);
        try (Sweep sweep = rehearsal(with)) {
            return sweep.run(expirer.plan(sweep.clock().passed()), listener);
        }
    }

    /** Removes everything of a server that no other one needs, without waiting. */
    public SweepReport purge(ServerId id, SweepListener listener) {
        Tombstone whole =
                new Tombstone(
                        id.archive(), Optional.empty(), clock.instant(), true, "it was purged");
        try (Sweep sweep = Sweep.begin(vault, clock, settings, () -> Expirer.proven(vault))) {
            SweepPlan plan = expirer.plan(sweep.clock().passed());
            List<Tombstone> burials = new ArrayList<>(plan.burials());
            burials.add(whole);
            return sweep.run(new SweepPlan(burials, plan.logs()), listener);
        }
    }
}
