package org.pgkeep.tidy;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Who may know whom. Each rule holds for the house, or for a planted copy of it with faults. */
final class Rooms {
    /** The package that all rooms stand in. */
    static final String HOUSE = "org.pgkeep";

    private Rooms() {}

    /**
     * A room.
     *
     * @param name its folder, its module and its package
     * @param knows the rooms it may use
     */
    record Room(String name, Set<String> knows) {}

    /** The rooms, the lowest first; the picture is in ARCHITECTURE.md. */
    static final List<Room> ALL =
            List.of(
                    new Room("failure", Set.of()),
                    new Room("vault", Set.of("failure")),
                    new Room("postgres", Set.of("failure")),
                    new Room("places", Set.of("failure", "vault")),
                    new Room("locks", Set.of("failure", "vault", "places")),
                    new Room("engine", Set.of("failure", "vault", "postgres")),
                    new Room("service", Set.of("failure", "vault", "places", "postgres", "engine")),
                    new Room("testkit", Set.of()),
                    new Room("demo", Set.of("testkit")),
                    new Room("cli", Set.of("failure", "demo")),
                    new Room("bench", Set.of("failure", "vault", "postgres", "engine")));

    /** The classes of the command line that put the house together, and may know the service. */
    private static final Set<String> STARTS_THE_SERVICE =
            Set.of("cli.run.Foreground", "cli.direct.DirectVault");

    /** Classes that may call constructors of the vault's adapters. */
    private static final Set<String> OPENS_STORES =
            Set.of(
                    "service.Service",
                    "places.StoragePlaces",
                    "bench.PeerDriver",
                    "bench.TerabyteMaps");

    /**
     * A library, and where it stops.
     *
     * @param packages its packages
     * @param stopsIn the packages of the house that may use it, with those below them
     * @param instead what the others do
     */
    private record Library(Set<String> packages, Set<String> stopsIn, String instead) {}

    /** Every library there is: what is named nowhere here may be used nowhere. */
    private static final List<Library> LIBRARIES =
            List.of(
                    new Library(Set.of("org.jspecify"), Set.of(""), ""),
                    new Library(
                            Set.of("org.slf4j"),
                            Set.of("engine", "service"),
                            "report through the return value, a Failure or a listener"),
                    new Library(
                            Set.of("tools.jackson"),
                            Set.of("vault", "engine.archive", "service", "cli.rest", "demo"),
                            "speak records; JSON is made and read where documents live"),
                    new Library(
                            Set.of("org.bouncycastle"),
                            Set.of("vault.seal"),
                            "go through PackWriter, ChunkReader or Archive"),
                    new Library(
                            Set.of("com.github.luben.zstd"),
                            Set.of("vault.seal", "postgres.wal"),
                            "go through PackWriter, ChunkReader or Archive"),
                    new Library(
                            Set.of("net.jpountz"),
                            Set.of("postgres.wal"),
                            "full page images are opened by BlockReferences; else use zstd"),
                    new Library(
                            Set.of("io.javalin", "org.eclipse.jetty", "jakarta.servlet"),
                            Set.of("service.rest"),
                            "let the service do it and service.rest translate: nobody below knows"
                                    + " of HTTP"),
                    new Library(
                            Set.of(
                                    "java.sql",
                                    "javax.sql",
                                    "org.sqlite",
                                    "org.flywaydb",
                                    "org.jdbi"),
                            Set.of("service.catalog", "service.job", "testkit", "demo"),
                            "ask a table of service.catalog; a protected server is asked through"
                                    + " WireConnection"),
                    new Library(
                            Set.of("io.prometheus"),
                            Set.of("service.metrics"),
                            "add a gauge to service.metrics.Metrics, fed from what is known"),
                    new Library(
                            Set.of("com.zaxxer.hikari"),
                            Set.of("service.catalog"),
                            "take the Catalog"),
                    new Library(
                            Set.of("ch.qos.logback"),
                            Set.of("service"),
                            "log through slf4j; only the service says where logs go"),
                    new Library(
                            Set.of("org.postgresql"),
                            Set.of("testkit", "demo"),
                            "use WireConnection: pgjdbc hangs at a promotion and can't do backups"),
                    new Library(
                            Set.of("org.tukaani.xz"),
                            Set.of("testkit"),
                            "let testkit unpack the embedded servers"),
                    new Library(
                            Set.of("org.apache.opendal"),
                            Set.of("places"),
                            "take an ObjectStore or a PlaceOpener"),
                    new Library(
                            Set.of("software.amazon.awssdk"),
                            Set.of("locks"),
                            "take an ObjectLock: the SDK is not on the class path of pgkeep's"
                                    + " commands"),
                    new Library(Set.of("picocli"), Set.of("cli"), "leave command lines to the cli"),
                    new Library(
                            Set.of("org.openjdk.jmh"),
                            Set.of("bench"),
                            "measure in the room bench"),
                    new Library(
                            Set.of("java.net.http"),
                            Set.of(),
                            "use cli.rest.ServiceClient, or a plain socket: java.net.http costs 400"
                                    + " ms at its first use"));

    /** What comes with the JDK and needs no permission. */
    private static final Set<String> PLAIN_JAVA =
            Set.of("java", "javax.crypto", "javax.net", "javax.security", "jdk.net");

    /** Dependencies between rooms point down only. */
    static ArchRule directions(String house) {
        ArchCondition<JavaClass> lookDownOnly =
                new ArchCondition<>("use only the rooms below theirs") {
                    @Override
                    public void check(JavaClass item, ConditionEvents events) {
                        Room own = roomOf(house, item.getPackageName());
                        for (Dependency dependency : item.getDirectDependenciesFromSelf()) {
                            JavaClass target = dependency.getTargetClass().getBaseComponentType();
                            if (!isWithin(target.getPackageName(), house)) {
                                continue;
                            }
                            Room other = roomOf(house, target.getPackageName());
                            boolean fine =
                                    other.equals(own)
                                            || own.knows().contains(other.name())
                                            || (isOneOf(house, item, STARTS_THE_SERVICE)
                                                    && other.name().equals("service"));
                            if (!fine) {
                                events.add(
                                        SimpleConditionEvent.violated(
                                                item,
                                                own.name()
                                                        + " must not know "
                                                        + other.name()
                                                        + ": "
                                                        + dependency.getDescription()));
                            }
                        }
                    }
                };
        return ArchRuleDefinition.classes()
                .should(lookDownOnly)
                .as("rooms know only the rooms below them")
                .because(
                        "what two rooms need goes into the room below both, what a room has to hear"
                                + " goes through an interface it declares itself; the picture is in"
                                + " ARCHITECTURE.md, the table in Rooms.ALL");
    }

    /** No package stands, over however many others, on itself. */
    static ArchRule noCycles(String house) {
        return slices().matching(house + ".(**)")
                .should()
                .beFreeOfCycles()
                .because(
                        "two packages that need each other are one: move the type both need to the"
                                + " lower one, or let the lower one declare an interface");
    }

    /** Every library is used only where it stops. */
    static ArchRule libraries(String house) {
        ArchCondition<JavaClass> stayInTheirPlace =
                new ArchCondition<>("use libraries only where those stop") {
                    @Override
                    public void check(JavaClass item, ConditionEvents events) {
                        String place = item.getPackageName();
                        for (Dependency dependency : item.getDirectDependenciesFromSelf()) {
                            JavaClass target = dependency.getTargetClass().getBaseComponentType();
                            if (target.isPrimitive()
                                    || isWithin(target.getPackageName(), house)
                                    || isWithin(target.getPackageName(), HOUSE)) {
                                continue;
                            }
                            complaint(house, place, target.getPackageName())
                                    .forEach(why ->
                                            events.add(
                                                    SimpleConditionEvent.violated(
                                                            item,
                                                            why
                                                                    + ": "
                                                                    + dependency
                                                                            .getDescription())));
                        }
                    }
                };
        return ArchRuleDefinition.classes()
                .should(stayInTheirPlace)
                .as("heavy libraries stop in the package that adapts them")
                .because(
                        "the table is Rooms.LIBRARIES; a new library needs a page in docs/decisions");
    }

    private static Stream<String> complaint(String house, String place, String used) {
        for (Library library : LIBRARIES) {
            if (library.packages().stream().anyMatch(each -> isWithin(used, each))) {
                boolean fine =
                        library.stopsIn().stream()
                                .anyMatch(each ->
                                        isWithin(
                                                place,
                                                each.isEmpty() ? house : house + "." + each));
                return fine
                        ? Stream.empty()
                        : Stream.of(
                                used + " has no business in " + place + ", " + library.instead());
            }
        }
        return PLAIN_JAVA.stream().anyMatch(each -> isWithin(used, each))
                ? Stream.empty()
                : Stream.of(used + " is in no row of Rooms.LIBRARIES");
    }

    /** Adapters of the vault's store are made where the house is put together. */
    static ArchRule adapters(String house) {
        return ArchRuleDefinition.noClasses()
                .that(outside(house, "vault.store", OPENS_STORES))
                .should()
                .callConstructorWhere(
                        new DescribedPredicate<JavaConstructorCall>("it makes a store") {
                            @Override
                            public boolean test(JavaConstructorCall call) {
                                String made = call.getTargetOwner().getPackageName();
                                String far = house + ".places";
                                return isWithin(made, house + ".vault.store")
                                        || (isWithin(made, far)
                                                && !isWithin(
                                                        call.getOriginOwner().getPackageName(),
                                                        far));
                            }
                        })
                .as("stores are constructed by the composition root only")
                .because("everybody else takes an ObjectStore or a Vault through the constructor");
    }

    /** Only the program's start ends the JVM. */
    static ArchRule exits(String house) {
        return ArchRuleDefinition.noClasses()
                .that(outside(house, "none", Set.of("cli.Main")))
                .should()
                .callMethodWhere(
                        new DescribedPredicate<JavaMethodCall>("it ends the JVM") {
                            @Override
                            public boolean test(JavaMethodCall call) {
                                String owner = call.getTargetOwner().getFullName();
                                String name = call.getName();
                                return (owner.equals("java.lang.System")
                                                || owner.equals("java.lang.Runtime"))
                                        && (name.equals("exit") || name.equals("halt"));
                            }
                        })
                .as("only cli.Main ends the process")
                .because(
                        "others return an exit code or throw a Failure: an exit skips every close()");
    }

    private static DescribedPredicate<JavaClass> outside(
            String house, String place, Set<String> except) {
        return new DescribedPredicate<>("other classes") {
            @Override
            public boolean test(JavaClass item) {
                return !isWithin(item.getPackageName(), house + "." + place)
                        && !isOneOf(house, item, except);
            }
        };
    }

    private static boolean isOneOf(String house, JavaClass item, Set<String> names) {
        return names.stream()
                .map(each -> house + "." + each)
                .anyMatch(each ->
                        item.getFullName().equals(each)
                                || item.getFullName().startsWith(each + "$"));
    }

    private static Room roomOf(String house, String packageName) {
        return ALL.stream()
                .filter(room -> isWithin(packageName, house + "." + room.name()))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                packageName
                                        + " belongs to no room: add a row to Rooms.ALL and to"
                                        + " ARCHITECTURE.md"));
    }

    /** Whether a package is that one or below it. */
    static boolean isWithin(String packageName, String above) {
        return packageName.equals(above) || packageName.startsWith(above + ".");
    }
}
