package dev.croft.budget.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PropertyTest {
    @Test
    void aFailureIsShrunkToTheSmallestCase() {
        assertThatThrownBy(() -> Property.forAll(
                        7,
                        200,
                        choices -> {
                            List<Integer> list = new ArrayList<>();
                            int size = choices.between(0, 20);
                            for (int i = 0; i < size; i++) list.add(choices.between(0, 1000));
                            return list;
                        },
                        list -> assertThat(list).allMatch(x -> x < 500)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed ")
                .hasMessageContaining("shrunk to: [500]");
    }
}
