package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.ZoneFounding;
import org.pgkeep.vault.copy.ZoneStore;
import org.pgkeep.vault.tier.TierList;

/**
 * Spoils one object of each kind at a time and uses everything: what comes out is true or a word
 * about the damaged object, and no sweep removes what is needed. {@code -Dpgkeep.damage=all} flips
 * every byte instead of a sample.
 */
class EveryKindDamageTest {
    private static final boolean ALL = "all".equals(System.getProperty("pgkeep.damage"));
    private static final Set<Code> WORDS =
            EnumSet.of(Code.DAMAGED_OBJECT, Code.MISSING_OBJECT, Code.WRONG_KEY, Code.NEWER_FORMAT);
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

    private final MemoryStore whole = EveryKind.sample();
    private final Map<String, String> truth = EveryKind.useEverything(whole).values();
    private final Map<String, String> everTrue = everTrue();

    @Test
    void theSampleHoldsEveryKindThatTheFormatNamesAndNoOther() throws IOException {
        List<Pattern> kinds = kinds();
        assertThat(kinds).hasSizeGreaterThan(12);
        List<String> names =
                whole.objects.keySet().stream().map(name -> Forms.own(name).text()).toList();
        for (Pattern kind : kinds) {
            assertThat(names).as("sample of %s", kind).anyMatch(kind.asMatchPredicate());
        }
        for (String name : names) {
            assertThat(kinds).as(name).anyMatch(kind -> kind.matcher(name).matches());
        }
        assertThat(whole.objects.keySet()).anyMatch(name -> name.text().endsWith(".g2"));
        Matcher document =
                Pattern.compile("(?m)^### Documents? `([a-z-]+)(N?)`")
                        .matcher(Files.readString(EveryKind.FORMAT));
        int documents = 0;
        for (; document.find(); documents++) {
            String start = document.group(1);
            assertThat(EveryKind.DOCUMENTS).anyMatch(kind -> kind.startsWith(start));
        }
        assertThat(documents).isEqualTo(EveryKind.DOCUMENTS.size());
    }

    @Test
    void everyNameThatTheProgramCanMakeIsOfAKindThatTheFormatNames()
            throws IOException, ReflectiveOperationException {
        List<Pattern> kinds = kinds();
        for (Method method : Names.class.getDeclaredMethods()) {
            if (method.getReturnType() != ObjectName.class) {
                continue;
            }
            Object[] arguments =
                    Arrays.stream(method.getParameterTypes())
                            .map(type -> argument(method, type))
                            .toArray();
            String name = method.invoke(null, arguments).toString();
            assertThat(kinds).as(name).anyMatch(kind -> kind.matcher(name).matches());
        }
    }

    @Test
    void aFlippedByteIsFoundAndNamed() {
        Random random = new Random(1);
        for (ObjectName name : whole.objects.keySet()) {
            byte[] bytes = whole.get(name).orElseThrow();
            int[] all =
                    ALL
                            ? java.util.stream.IntStream.range(0, bytes.length).toArray()
                            : random.ints(8, 0, bytes.length).toArray();
            for (int at : all) {
                byte[] spoiled = bytes.clone();
                spoiled[at] ^= (byte) (1 << (at % 8));
                spoil(name, spoiled, "byte " + at + " flipped");
            }
        }
    }

    @Test
    void aTruncatedObjectIsFoundAndNamed() {
        whole.objects.forEach((name, bytes) -> {
            for (int length : new int[] {0, 1, 47, bytes.length / 2, bytes.length - 1}) {
                if (length < bytes.length) {
                    spoil(name, Arrays.copyOf(bytes, length), "cut at " + length);
                }
            }
        });
    }

    @Test
    void anObjectInThePlaceOfAnotherIsFoundAndNamed() {
        List<ObjectName> names = List.copyOf(whole.objects.keySet());
        for (int i = 0; i < names.size(); i++) {
            for (int step : new int[] {1, names.size() - 1, names.size() / 2}) {
                ObjectName other = names.get((i + step) % names.size());
                spoil(names.get(i), whole.get(other).orElseThrow(), "replaced by " + other);
            }
        }
    }

    @Test
    void whatIsDeletedIsMissedOrNeverTakenForSomethingElse() {
        for (ObjectName name : whole.objects.keySet()) {
            MemoryStore store = whole.copy();
            store.delete(name);
            Map<String, String> allowed = new TreeMap<>(everTrue);
            if (name.text().startsWith(Names.TIERS_PREFIX)) {
                allowed.put("tiers", TierList.NONE.toString());
            } else if (Names.buriesArchive(Forms.own(name))) {
                allowed.put("archives", List.of(EveryKind.ONE, EveryKind.TWO).toString());
            }
            check(store, name, "deleted", allowed);
            if (name.text().startsWith(Names.PACKS_PREFIX)) {
                assertThat(EveryKind.useEverything(store).failures())
                        .anyMatch(failure -> failure.code() == Code.MISSING_OBJECT);
            }
        }
    }

    @Test
    void aDamagedCopyOfAnIndexIsPassedOverAndReplaced() {
        List<MemoryStore> places = List.of(new MemoryStore(), new MemoryStore(), new MemoryStore());
        ZoneFounding.found(List.copyOf(places), new UUID(7, 7));
        places.forEach(place -> place.objects.putAll(whole.copy().objects));
        IndexRange range = new IndexRange(1, 40, 80);
        ObjectName name = Names.index(EveryKind.ONE, range);
        byte[] good = whole.get(name).orElseThrow();
        for (MemoryStore place : places) {
            byte[] bad = good.clone();
            bad[bad.length - 1] ^= 1;
            place.objects.put(name, bad);
            ZoneStore zone =
                    new ZoneStore(List.copyOf(places), InstantSource.system(), CopyEvents.NONE);
            byte[] body =
                    SampleVault.open(zone).archive(EveryKind.ONE).index().body(range).orElseThrow();
            assertThat(HexFormat.of().formatHex(body)).isEqualTo(truth.get("body " + range));
            if (place == places.getFirst()) {
                assertThat(place.objects.get(name)).isEqualTo(good);
            }
        }
    }

    private void spoil(ObjectName name, byte[] bytes, String how) {
        MemoryStore store = whole.copy();
        store.objects.put(name, bytes);
        List<Failure> failures = check(store, name, how, truth);
        if (isRead(name)) {
            assertThat(failures).as("%s %s: not noticed", name, how).isNotEmpty();
        }
    }

    /** Earlier versions of the vault document and lists of names count for nothing here. */
    private static boolean isRead(ObjectName name) {
        String text = name.text();
        return !text.equals("vault/00000001.json") && !text.startsWith(Names.DROPPED_PREFIX);
    }

    private List<Failure> check(
            MemoryStore store, ObjectName name, String how, Map<String, String> allowed) {
        EveryKind.Outcome outcome = EveryKind.useEverything(store);
        assertThat(allowed.entrySet())
                .as("%s %s", name, how)
                .containsAll(outcome.values().entrySet());
        String own = Forms.own(name).text();
        String id = own.substring(own.lastIndexOf('/') + 1);
        for (Failure failure : outcome.failures()) {
            assertThat(WORDS).as("%s %s: %s", name, how, failure).contains(failure.code());
            boolean named = own.startsWith("keys/") || own.startsWith("vault/");
            assertThat(named || failure.message().contains(id))
                    .as("%s %s: %s", name, how, failure.message())
                    .isTrue();
        }
        sweepSafely(store, name, how);
        return outcome.failures();
    }

    /** Two days later, two looks: whatever they say, what is needed stays. */
    private void sweepSafely(MemoryStore store, ObjectName name, String how) {
        Set<ObjectName> before = Set.copyOf(store.objects.keySet());
        for (int day = 1; day <= 2; day++) {
            try {
                EveryKind.sweep(
                        SampleVault.open(store),
                        InstantSource.fixed(SampleVault.NOON.plus(Duration.ofDays(2L * day))));
            } catch (Failure failure) {
                assertThat(failure.code()).as("%s %s", name, how).isIn(WORDS);
                break;
            }
        }
        List<ObjectName> lost = new ArrayList<>(before);
        lost.removeAll(store.objects.keySet());
        lost.retainAll(needed());
        if (!before.contains(name) && name.text().contains("/snapshots/")) {
            // section 9 of the format: with the snapshot goes the word on what it needs
            lost.removeIf(each -> each.text().startsWith(Names.PACKS_PREFIX));
        }
        assertThat(lost).as("%s %s: removed by a sweep", name, how).isEmpty();
    }

    private Set<ObjectName> needed = Set.of();

    private Set<ObjectName> needed() {
        if (needed.isEmpty()) {
            MemoryStore store = whole.copy();
            for (int day = 1; day <= 4; day++) {
                EveryKind.sweep(
                        SampleVault.open(store),
                        InstantSource.fixed(SampleVault.NOON.plus(Duration.ofDays(2L * day))));
            }
            needed =
                    store.objects.keySet().stream()
                            .filter(name -> !Names.isOfOnePlace(name))
                            .collect(java.util.stream.Collectors.toUnmodifiableSet());
        }
        return needed;
    }

    /** What is true when some tombstone is not there. */
    private Map<String, String> everTrue() {
        Map<String, String> all = new TreeMap<>(truth);
        MemoryStore store = whole.copy();
        for (StoredObject tombstone : whole.list(Names.TOMBSTONES_PREFIX)) {
            store.delete(tombstone.name());
        }
        all.putAll(EveryKind.useEverything(store).values());
        // the list of archives changes with the tombstones; all else is what it was
        all.put("archives", truth.getOrDefault("archives", ""));
        return all;
    }

    private static List<Pattern> kinds() throws IOException {
        String text = Files.readString(EveryKind.FORMAT);
        String table = text.substring(text.indexOf("## 1. Names"), text.indexOf("A sealed object"));
        List<Pattern> kinds = new ArrayList<>();
        for (String row : table.lines().filter(line -> line.startsWith("| ")).toList()) {
            Matcher span = SPAN.matcher(row);
            while (span.find()) {
                if (span.group(1).contains("/")) {
                    kinds.add(pattern(span.group(1)));
                }
            }
        }
        return kinds;
    }

    private static Pattern pattern(String name) {
        StringBuilder regex = new StringBuilder();
        Matcher hole = Pattern.compile("<([^>]+)>").matcher(name);
        int end = 0;
        while (hole.find()) {
            regex.append(Pattern.quote(name.substring(end, hole.start())));
            String what = hole.group(1);
            regex.append(
                    what.endsWith("8 decimal digits")
                            ? "[0-9]{8}"
                            : what.endsWith("8 hex digits")
                                    ? "[0-9a-f]{8}"
                                    : what.endsWith("16 hex digits")
                                            ? "[0-9a-f]{16}"
                                            : what.startsWith("first two")
                                                    ? "[0-9a-f]{2}"
                                                    : what.equals("kind")
                                                            ? "[a-z][a-z0-9-]{0,31}"
                                                            : "[0-9a-f-]{36}");
            end = hole.end();
        }
        return Pattern.compile(regex + Pattern.quote(name.substring(end)));
    }

    private static Object argument(Method method, Class<?> type) {
        if (type == String.class) {
            return method.getName().equals("wholeArchive")
                    ? Names.tombstones(EveryKind.ONE)
                    : "server";
        }
        return Objects.requireNonNull(
                Map.<Class<?>, Object>of(
                                int.class, 1,
                                UUID.class, new UUID(1, 1),
                                ArchiveId.class, EveryKind.ONE,
                                SnapshotId.class, EveryKind.KEPT,
                                PackId.class, new PackId(new UUID(1, 2)),
                                LogRange.class, new LogRange(1, 0, 1),
                                IndexRange.class, new IndexRange(1, 0, 1))
                        .get(type),
                type::toString);
    }
}
