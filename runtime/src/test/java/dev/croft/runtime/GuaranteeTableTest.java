package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GuaranteeTableTest {
    /** Which test of the suites tries to break each guarantee is in the last column. */
    @Test
    void everyGuaranteeHasARowThatNamesTestsThatAreThere() throws IOException {
        List<String> tests = Stream.of(
                        RuntimeConformance.class.getDeclaredMethods(), HostileWorkload.class.getDeclaredMethods())
                .flatMap(Arrays::stream)
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .toList();
        List<List<String>> rows = GuaranteeTable.read().rows();
        assertThat(rows)
                .extracting(List::getFirst)
                .containsExactlyElementsOf(Arrays.stream(Enforcement.Guarantee.values())
                        .map(GuaranteeTable::name)
                        .toList());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.getLast().replace("`", "").split(", "))
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(tests).contains(name)));
    }
}
