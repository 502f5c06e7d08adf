package dev.croft.budget.simulation;

import java.math.BigDecimal;

/** Doubles as Python's {@code repr} writes them, which the recorded outcomes use: shortest digits that read back. */
final class PythonFloat {
    private PythonFloat() {}

    static String repr(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e16) return Long.toString((long) value) + ".0";
        // Double.toString gives the shortest digits since Java 19; only the exponent is written differently.
        var decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) return decimal.toPlainString();
        String digits = decimal.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String power = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return (value < 0 ? "-" : "") + digits.charAt(0) + fraction + "e" + power;
    }
}
