package dev.croft.budget.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

    /** What a figure is drawn with; lengths are in units of the SVG, colours {@code #rrggbb}. */
    interface Pen {
        void line(double x1, double y1, double x2, double y2, String color);

        void curve(double[] x, double[] y, String color);

        /**
         * Writes a text.
         *
         * @param anchor {@code start}, {@code middle} or {@code end}: which part of it is at the place
         * @param upright from below to above
         */
        void text(double x, double y, String anchor, boolean upright, String text);
    }

    public String svg() {
        var svg = new Svg();
        draw(svg);
        return svg.end();
    }

    /** Writes the figure as SVG and as PNG. */
    public void write(Path folder, String name) throws IOException {
        Files.writeString(folder.resolve(name + ".svg"), svg());
        var raster = new Raster(WIDTH, HEIGHT);
        draw(raster);
        raster.write(folder.resolve(name + ".png"));
    }

    private void draw(Pen pen) {
        double maxX =
                series.stream().flatMapToDouble(s -> Arrays.stream(s.x)).max().orElse(1);
        double maxY =
                series.stream().flatMapToDouble(s -> Arrays.stream(s.y)).max().orElse(1);
        if (maxX <= 0) maxX = 1;
        if (maxY <= 0) maxY = 1;
        double stepX = step(maxX);
        double stepY = step(maxY);
        pen.text(WIDTH / 2.0, 22, "middle", false, title);
        pen.text(LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 12, "middle", false, xLabel);
        pen.text(16, HEIGHT / 2.0, "middle", true, yLabel);
        for (int i = 0; i * stepY <= maxY * 1.0001; i++) {
            double y = y(i * stepY, maxY);
            pen.line(LEFT, y, WIDTH - RIGHT, y, "#dddddd");
            pen.text(LEFT - 6, y + 4, "end", false, number(i * stepY));
        }
        for (int i = 0; i * stepX <= maxX * 1.0001; i++) {
            double x = x(i * stepX, maxX);
            pen.line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, "#555555");
            pen.text(x, HEIGHT - BOTTOM + 18, "middle", false, number(i * stepX));
        }
        for (int i = 0; i < series.size(); i++) {
            Series s = series.get(i);
            String color = COLORS[i % COLORS.length];
            var xs = new double[s.x.length];
            var ys = new double[s.x.length];
            for (int p = 0; p < s.x.length; p++) {
                xs[p] = x(s.x[p], maxX);
                ys[p] = y(s.y[p], maxY);
            }
            pen.curve(xs, ys, color);
            double at = TOP + 14 + 20.0 * i;
            pen.line(WIDTH - RIGHT + 12, at - 4, WIDTH - RIGHT + 34, at - 4, color);
            pen.text(WIDTH - RIGHT + 40, at, "start", false, s.name);
        }
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

    private static final class Svg implements Pen {
        private final StringBuilder svg = new StringBuilder(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT
                        + "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");

        @Override
        public void line(double x1, double y1, double x2, double y2, String color) {
            svg.append("<line x1=\"").append(format(x1)).append("\" y1=\"").append(format(y1));
            svg.append("\" x2=\"").append(format(x2)).append("\" y2=\"").append(format(y2));
            svg.append("\" stroke=\"").append(color).append("\"/>\n");
        }

        @Override
        public void curve(double[] x, double[] y, String color) {
            svg.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"")
                    .append(color)
                    .append("\" points=\"");
            for (int p = 0; p < x.length; p++)
                svg.append(format(x[p])).append(',').append(format(y[p])).append(' ');
            svg.append("\"/>\n");
        }

        @Override
        public void text(double x, double y, String anchor, boolean upright, String text) {
            svg.append("<text text-anchor=\"").append(anchor).append("\" ");
            if (upright)
                svg.append("transform=\"translate(")
                        .append(format(x))
                        .append(' ')
                        .append(format(y))
                        .append(") rotate(-90)\">");
            else
                svg.append("x=\"")
                        .append(format(x))
                        .append("\" y=\"")
                        .append(format(y))
                        .append("\">");
            svg.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
                    .append("</text>\n");
        }

        String end() {
            return svg.append("</svg>\n").toString();
        }
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.3g", value);
    }
}
