package org.pgkeep.service.request;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.document.TierView;
import org.pgkeep.service.home.TierStores.OpenTier;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.copy.LocationHealth;
import org.pgkeep.vault.copy.ZoneFounding;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.TierSync;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierSettings;

/** What can be asked about the vault and its tiers. */
public final class TierRequests {
    private static final Pattern SPAN = Pattern.compile("([1-9][0-9]{0,4})([hdwy])");

    private final Vault vault;
    private final Tiers tiers;
    private final JobRunner runner;
    private final Supplier<UUID> ids;
    private final VaultWishes wishes;

    /**
     * The requests.
     *
     * @param ids draws ids for new zones
     * @param wishes how the vault is to be looked after
     */
    public TierRequests(
            Vault vault, Tiers tiers, JobRunner runner, Supplier<UUID> ids, VaultWishes wishes) {
        this.wishes = wishes;
        this.vault = vault;
        this.tiers = tiers;
        this.runner = runner;
        this.ids = ids;
    }

    /**
     * A tier as somebody asks for it.
     *
     * @param name what people call it; empty for {@code tierN}
     * @param places addresses
     * @param redundancy empty for what the number of places says
     * @param retentionMin such as {@code 7d}
     * @param retentionMax such as {@code 5w}
     * @param weekly long-term keeps
     * @param monthly long-term keeps
     * @param yearly long-term keeps
     * @param price a decimal number
     */
    public record Wanted(
            Optional<String> name,
            List<String> places,
            Optional<String> redundancy,
            Optional<String> retentionMin,
            Optional<String> retentionMax,
            int weekly,
            int monthly,
            int yearly,
            Optional<String> price) {
        /** Copies the list. */
        public Wanted {
            places = List.copyOf(places);
        }
    }

    /** The vault. */
    public TierView.VaultView show() {
        return new TierView.VaultView(
                vault.id().toString(), vault.location(), vault.createdAt(), list());
    }

    /** Its tiers. */
    public List<TierView> list() {
        List<TierView> views = new ArrayList<>();
        List<TierSettings> listed = vault.tiers().tiers();
        List<OpenTier> open = tiers.all();
        for (int i = 0; i < open.size(); i++) {
            OpenTier tier = open.get(i);
            TierSettings settings = i < listed.size() ? listed.get(i) : tier.settings();
            Optional<TierSync.Status> sync =
                    i == 0
                            ? Optional.empty()
                            : Optional.of(tiers.later().get(i - 1).sync().status());
            views.add(view(i + 1, settings, tier, sync));
        }
        return views;
    }

    private static TierView view(
            int number, TierSettings settings, OpenTier tier, Optional<TierSync.Status> sync) {
        List<TierView.Location> locations = locations(tier);
        List<String> reasons = new ArrayList<>();
        locations.stream()
                .filter(each -> !each.reason().isEmpty())
                .forEach(each -> reasons.add(each.reason()));
        sync.flatMap(TierSync.Status::trouble).ifPresent(reasons::add);
        Set<ObjectName> damaged = sync.map(TierSync.Status::damaged).orElse(Set.of());
        damaged.stream()
                .min(ObjectName::compareTo)
                .ifPresent(name ->
                        reasons.add(
                                damaged.size()
                                        + " objects of tier 1 have no good copy to be copied from,"
                                        + " the first of them "
                                        + name));
        boolean degraded =
                !damaged.isEmpty() || locations.stream().anyMatch(each -> !isWell(each.state()));
        boolean away =
                sync.flatMap(TierSync.Status::trouble).isPresent()
                        || locations.stream().allMatch(each -> each.state().equals("Away"));
        boolean copying =
                sync.isPresent()
                        && (sync.get().completeAt().isEmpty() || sync.get().lackingObjects() > 0);
        String state = away ? "Away" : degraded ? "Degraded" : copying ? "Copying" : "Good";
        TierKeep keep = settings.keep();
        return new TierView(
                number,
                settings.name(),
                settings.redundancy().word(),
                state,
                locations,
                keep.retentionMin().map(Duration::toSeconds),
                keep.retentionMax().map(Duration::toSeconds),
                keep.weekly(),
                keep.monthly(),
                keep.yearly(),
                settings.pricePerGbMonth(),
                sync.map(TierSync.Status::lackingObjects).orElse(0L),
                sync.map(TierSync.Status::lackingBytes).orElse(0L),
                sync.flatMap(TierSync.Status::comparedAt),
                sync.flatMap(TierSync.Status::completeAt),
                String.join("; ", reasons));
    }

    private static boolean isWell(String state) {
        return state.equals("Good") || state.equals("Paired");
    }

    private static List<TierView.Location> locations(OpenTier tier) {
        List<TierView.Location> locations = new ArrayList<>();
        if (tier.zone().isPresent()) {
            for (LocationHealth each : tier.zone().get().health()) {
                locations.add(
                        new TierView.Location(
                                each.number(),
                                each.place(),
                                switch (each.state()) {
                                    case GOOD -> "Good";
                                    case CATCHING_UP -> "CatchingUp";
                                    case AWAY -> "Away";
                                },
                                each.lastContact(),
                                each.awaySince(),
                                each.lacking(),
                                Optional.empty(),
                                Optional.empty(),
                                each.reason().orElse("")));
            }
            return locations;
        }
        for (int i = 0; i < tier.places().size(); i++) {
            boolean paired = i == 1 && tier.geo().isPresent();
            Optional<GeoStore.Lag> lag = paired ? tier.geo().map(GeoStore::lag) : Optional.empty();
            String reason = lag.flatMap(GeoStore.Lag::trouble).orElse("");
            locations.add(
                    new TierView.Location(
                            i + 1,
                            tier.places().get(i).location(),
                            !reason.isEmpty() ? "Away" : paired ? "Paired" : "Good",
                            paired ? tier.geo().flatMap(GeoStore::inStepAt) : Optional.empty(),
                            Optional.empty(),
                            lag.map(GeoStore.Lag::objects).orElse(0L),
                            lag.map(GeoStore.Lag::bytes),
                            lag.map(GeoStore.Lag::seconds),
                            reason));
        }
        return locations;
    }

    /**
     * Adds a tier.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code WRONG_PLACE}
     */
    public List<TierView> add(Wanted wanted) {
        List<String> places =
                wanted.places().stream().map(text -> PlaceAddress.parse(text).text()).toList();
        Redundancy redundancy =
                wanted.redundancy()
                        .map(word ->
                                Redundancy.of(word.toLowerCase(Locale.ROOT))
                                        .orElseThrow(
                                                () -> bad("\"" + word + "\" is no redundancy")))
                        .orElse(
                                switch (places.size()) {
                                    case 2 -> Redundancy.GEO;
                                    case 3 -> Redundancy.ZONE;
                                    default -> Redundancy.LOCAL;
                                });
        TierSettings settings;
        try {
            settings =
                    new TierSettings(
                            wanted.name().orElse("tier" + (tiers.all().size() + 1)),
                            redundancy,
                            places,
                            new TierKeep(
                                    wanted.retentionMin().map(TierRequests::span),
                                    wanted.retentionMax().map(TierRequests::span),
                                    wanted.weekly(),
                                    wanted.monthly(),
                                    wanted.yearly()),
                            wanted.price().map(BigDecimal::new));
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        tiers.add(settings, ids.get());
        return list();
    }

    private static Duration span(String text) {
        Matcher matcher = SPAN.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no span");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            case "w" -> Duration.ofDays(7 * count);
            default -> Duration.ofDays(365 * count);
        };
    }

    private static Failure bad(String message) {
        return new Failure(
                Code.BAD_ARGUMENT,
                message,
                "local takes one place, geo two, zone three; spans look like 12h, 7d, 5w, 2y");
    }

    /** Takes a tier off the list. */
    public List<TierView> detach(int number) {
        tiers.detach(number);
        return list();
    }

    /**
     * Fills a location again that was replaced by an empty one.
     *
     * @throws Failure {@code WRONG_STATE}, {@code STORE_UNAVAILABLE}
     */
    public TierView.Refilled refill(int number, int location) {
        List<OpenTier> all = tiers.all();
        if (number < 1 || number > all.size() || all.get(number - 1).zone().isEmpty()) {
            throw bad("tier " + number + " has no three locations");
        }
        if (location < 1 || location > ZoneFounding.LOCATIONS) {
            throw bad("tier " + number + " has no location " + location);
        }
        long copied = ZoneFounding.refill(all.get(number - 1).places(), location);
        tiers.wake();
        return new TierView.Refilled(copied);
    }

    /** How the vault is to be looked after. */
    public VaultWishes wishes() {
        return wishes;
    }

    /** Orders a scrub when the last one, or the making of the vault, is long enough ago. */
    public void scrubWhenDue(JobTable jobs, Instant now) {
        Instant last =
                jobs.of(new ServerId(vault.id().value())).stream()
                        .filter(job -> job.kind() == JobKind.SCRUB)
                        .map(Job::createdAt)
                        .max(Instant::compareTo)
                        .orElse(vault.createdAt());
        if (wishes.scrubEvery().filter(every -> now.isAfter(last.plus(every))).isPresent()) {
            scrub();
        }
    }

    /** Orders that everything is read again. */
    public Job scrub() {
        return runner.submit(
                new Job.Order(
                        JobKind.SCRUB,
                        // a job of the vault's: one at a time, beside those of servers
                        new ServerId(vault.id().value()),
                        "",
                        "",
                        "scrub",
                        "{}",
                        Optional.empty(),
                        List.of()));
    }
}
