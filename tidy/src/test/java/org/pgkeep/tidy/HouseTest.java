package org.pgkeep.tidy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The house keeps the rules about who may know whom. */
class HouseTest {
    private static final JavaClasses CLASSES = House.classes();

    @TestFactory
    Stream<DynamicTest> keeps() {
        return Stream.of(
                        Rooms.directions(Rooms.HOUSE),
                        Rooms.noCycles(Rooms.HOUSE),
                        Rooms.libraries(Rooms.HOUSE),
                        Rooms.adapters(Rooms.HOUSE),
                        Rooms.exits(Rooms.HOUSE))
                .map(HouseTest::test);
    }

    private static DynamicTest test(ArchRule rule) {
        return DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(CLASSES));
    }
}
