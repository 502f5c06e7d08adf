package dev.croft.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EpsilonTest {
    @ParameterizedTest
    @CsvSource({
        "NaN, NOT_A_NUMBER",
        "Infinity, INFINITE",
        "-Infinity, INFINITE",
        "-1e-300, NEGATIVE",
        "1.0000001e9, OVERFLOW",
        "1.7e308, OVERFLOW"
    })
    void aDoubleThatIsNoAmountIsRefusedByName(double value, Problem problem) {
        for (var rounding : List.<DoubleFunction<Epsilon>>of(Epsilon::atLeast, Epsilon::atMost))
            assertThatThrownBy(() -> rounding.apply(value))
                    .isInstanceOfSatisfying(
                            InvalidInputException.class,
                            e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @ParameterizedTest
    @CsvSource({
        "-0.1, NEGATIVE",
        "0.0000000001, TOO_FINE",
        "1e999999999, OVERFLOW",
        "1e-999999999, TOO_FINE",
        "abc, MALFORMED",
        "1000000001, OVERFLOW"
    })
    void aTextThatIsNoAmountIsRefusedByName(String text, Problem problem) {
        assertThatThrownBy(() -> Epsilon.parse(text))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @Test
    void chargesRoundUpAndBoundsRoundDown() {
        assertThat(Epsilon.atLeast(0.1).nanos()).isEqualTo(100_000_001);
        assertThat(Epsilon.atMost(0.1).nanos()).isEqualTo(100_000_000);
        assertThat(Epsilon.atLeast(Double.MIN_VALUE)).isEqualTo(Epsilon.STEP);
        assertThat(Epsilon.atMost(1e9)).isEqualTo(Epsilon.MAX);
    }

    @Test
    void tenTenthsAreOne() {
        Epsilon sum = Epsilon.ZERO;
        for (int i = 0; i < 10; i++) sum = sum.plus(Epsilon.parse("0.1"));
        assertThat(sum).isEqualTo(Epsilon.exactly(BigDecimal.ONE)).hasToString("1");
    }

    @Test
    void theSumOfTwoMaximaIsRefused() {
        assertThatThrownBy(() -> Epsilon.MAX.plus(Epsilon.STEP)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Epsilon.ZERO.minus(Epsilon.STEP)).isInstanceOf(InvalidInputException.class);
    }
}
