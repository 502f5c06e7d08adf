package dev.croft.budget.simulation;

import java.util.List;
import java.util.Locale;

/** A line chart as SVG; axes start at zero. */
public record Figure(String title, String xLabel, String yLabel, List<Series> series) {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 440;
    private static final int LEFT = 70;
    private static final int RIGHT = 160;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final String[] COLORS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"
    };

    /** A named line through points in order of x; as long as each other. */
    public record Series(String name, double[] x, double[] y) {}

    public String svg() {
        double maxX = series.stream()
                .flatMapToDouble(s -> java.util.Arrays.stream(s.x))
                .max()
                .orElse(1);
        double maxY = series.stream()
                .flatMapToDouble(s -> java.util.Arrays.stream(s.y))
                .max()
                .orElse(1);
        double stepX = step(maxX);
        double stepY = step(maxY);
        var svg = new StringBuilder(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text(svg, WIDTH / 2.0, 22, "middle", title);
        text(svg, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 12, "middle", xLabel);
        svg.append("<g transform=\"translate(16 ").append(HEIGHT / 2).append(") rotate(-90)\">");
        text(svg, 0, 0, "middle", yLabel);
        svg.append("</g>\n");
        for (int i = 0; i * stepY <= maxY * 1.0001; i++) {
            double y = y(i * stepY, maxY);
            line(svg, LEFT, y, WIDTH - RIGHT, y, "#dddddd");
            text(svg, LEFT - 6, y + 4, "end", number(i * stepY));
        }
        for (int i = 0; i * stepX <= maxX * 1.0001; i++) {
            double x = x(i * stepX, maxX);
            line(svg, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, "#555555");
            text(svg, x, HEIGHT - BOTTOM + 18, "middle", number(i * stepX));
        }
        for (int i = 0; i < series.size(); i++) {
            Series s = series.get(i);
            String color = COLORS[i % COLORS.length];
            svg.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"")
                    .append(color)
                    .append("\" points=\"");
            for (int p = 0; p < s.x.length; p++)
                svg.append(format(x(s.x[p], maxX)))
                        .append(',')
                        .append(format(y(s.y[p], maxY)))
                        .append(' ');
            svg.append("\"/>\n");
            double at = TOP + 14 + 20.0 * i;
            line(svg, WIDTH - RIGHT + 12, at - 4, WIDTH - RIGHT + 34, at - 4, color);
            text(svg, WIDTH - RIGHT + 40, at, "start", s.name);
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(double value, double max) {
        return LEFT + value / max * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double max) {
        return HEIGHT - BOTTOM - value / max * (HEIGHT - TOP - BOTTOM);
    }

    /** 1, 2 or 5 times a power of ten, five to ten steps to the maximum. */
    private static double step(double max) {
        double power = Math.pow(10, Math.floor(Math.log10(max / 5)));
        double ratio = max / 5 / power;
        return power * (ratio >= 5 ? 5 : ratio >= 2 ? 2 : 1);
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2, String color) {
        svg.append("<line x1=\"").append(format(x1)).append("\" y1=\"").append(format(y1));
        svg.append("\" x2=\"").append(format(x2)).append("\" y2=\"").append(format(y2));
        svg.append("\" stroke=\"").append(color).append("\"/>\n");
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append("<text x=\"").append(format(x)).append("\" y=\"").append(format(y));
        svg.append("\" text-anchor=\"").append(anchor).append("\">");
        svg.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
                .append("</text>\n");
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.3g", value);
    }
}
