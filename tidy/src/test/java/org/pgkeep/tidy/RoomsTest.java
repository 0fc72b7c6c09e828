package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The rules about rooms find the faults planted for them. */
class RoomsTest {
    @Test
    void findsALowerRoomThatKnowsAHigherOne() {
        assertThat(complaint("upward", Rooms::directions))
                .contains("vault must not know engine")
                .contains("what two rooms need goes into the room below both");
    }

    @Test
    void findsTheVaultKnowingPostgres() {
        assertThat(complaint("sideways", Rooms::directions))
                .contains("vault must not know postgres")
                .contains("KnowsPostgres");
    }

    @Test
    void findsACommandThatGoesAroundTheApi() {
        assertThat(complaint("shortcut", Rooms::directions))
                .contains("cli must not know service")
                .contains("AsksDirectly")
                .doesNotContain("Foreground");
    }

    @Test
    void findsPackagesThatNeedEachOther() {
        assertThat(complaint("cycle", Rooms::noCycles))
                .contains("Cycle detected")
                .contains("engine.here")
                .contains("engine.there");
    }

    @Test
    void findsLibrariesOutsideTheirPlace() {
        assertThat(complaint("library", Rooms::libraries))
                .contains("java.sql has no business in")
                .contains("ReadsTables")
                .contains("java.net.http has no business in")
                .contains("use cli.rest.ServiceClient")
                .contains("org.assertj.core.api is in no row of Rooms.LIBRARIES");
    }

    @Test
    void findsAStoreThatWasNotHandedIn() {
        assertThat(complaint("adapters", Rooms::adapters))
                .contains("MakesItsOwn")
                .contains("takes an ObjectStore or a Vault through the constructor")
                .doesNotContain("adapters.service.Service");
    }

    @Test
    void findsWhoEndsTheProcess() {
        assertThat(complaint("exits", Rooms::exits))
                .contains("EndsItAll")
                .contains("throw a Failure")
                .doesNotContain("Main.end");
    }

    private static String complaint(String fault, Function<String, ArchRule> rule) {
        String house = "org.pgkeep.tidy.planted." + fault;
        JavaClasses classes = new ClassFileImporter().importPackages(house);
        assertThat(classes).as("classes planted in %s", house).isNotEmpty();
        Throwable failed = catchThrowable(() -> rule.apply(house).check(classes));
        assertThat(failed).as("the rule finds %s", fault).isInstanceOf(AssertionError.class);
        return String.valueOf(failed.getMessage());
    }
}
