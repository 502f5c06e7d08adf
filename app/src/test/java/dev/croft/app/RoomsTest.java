package dev.croft.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rooms of the house and which way dependencies point: the table of ARCHITECTURE.md, enforced. */
class RoomsTest {
    private static final List<String> ROOMS =
            List.of("capsule", "budget", "runtime", "mobility", "vault", "router", "operator", "app");

    private static final Map<String, Set<String>> MAY_USE = Map.of(
            "capsule", Set.of(),
            "budget", Set.of(),
            "runtime", Set.of(),
            "mobility", Set.of(),
            "vault", Set.of("capsule", "budget"),
            "router", Set.of("vault", "runtime", "capsule", "budget"),
            "operator", Set.of("budget"),
            "app", Set.copyOf(ROOMS));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.croft");

    @ParameterizedTest
    @ValueSource(strings = {"capsule", "budget", "runtime", "mobility", "vault", "router", "operator"})
    void aRoomUsesOnlyTheRoomsBelowIt(String room) {
        String[] forbidden = ROOMS.stream()
                .filter(other -> !other.equals(room)
                        && !MAY_USE.getOrDefault(room, Set.of()).contains(other))
                .map(other -> "dev.croft." + other + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("dev.croft." + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching("dev.croft.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noRoomBelowTheAppReadsACommandLine() {
        String[] below = ROOMS.stream()
                .filter(room -> !room.equals("app"))
                .map(room -> "dev.croft." + room + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAnyPackage(below)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("picocli..", "me.tongfei..")
                .check(CLASSES);
    }
}
