package dev.croft.budget.simulation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Draws a figure as pixels, two for each unit of the SVG. Needs no display; without any font installed, no text. */
final class Raster implements Figure.Pen {
    private static final int SCALE = 2;

    private final BufferedImage image;
    private final Graphics2D graphics;
    private boolean fonts = true;

    Raster(int width, int height) {
        System.setProperty("java.awt.headless", "true");
        image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width * SCALE, height * SCALE);
        graphics.scale(SCALE, SCALE);
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, String color) {
        graphics.setColor(Color.decode(color));
        graphics.setStroke(new BasicStroke(1));
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
    }

    @Override
    public void curve(double[] x, double[] y, String color) {
        if (x.length == 0) return;
        var path = new Path2D.Double();
        path.moveTo(x[0], y[0]);
        for (int i = 1; i < x.length; i++) path.lineTo(x[i], y[i]);
        graphics.setColor(Color.decode(color));
        graphics.setStroke(new BasicStroke(2));
        graphics.draw(path);
    }

    @Override
    public void text(double x, double y, String anchor, boolean upright, String text) {
        if (!fonts) return;
        try {
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
            graphics.setColor(Color.BLACK);
            int width = graphics.getFontMetrics().stringWidth(text);
            float shift = anchor.equals("middle") ? -width / 2f : anchor.equals("end") ? -width : 0;
            var before = graphics.getTransform();
            graphics.translate(x, y);
            if (upright) graphics.rotate(-Math.PI / 2);
            graphics.drawString(text, shift, 0);
            graphics.setTransform(before);
        } catch (RuntimeException | LinkageError e) {
            // A machine without fonts: the lines are worth having.
            fonts = false;
        }
    }

    void write(Path file) throws IOException {
        graphics.dispose();
        ImageIO.write(image, "png", file.toFile());
    }
}
