package dev.croft.budget.simulation;

import dev.croft.budget.scheduling.Balance;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * The microbenchmarks of PrivateKube's paper (OSDI 2021, sections 6.1 to 6.3), beside what its simulator gives where
 * that is known: claims granted over N, over the percentage of mice, with basic and Rényi composition.
 */
public final class Reproduction {
    private static final double HEAVY_N = 14_514;

    private Reproduction() {}

    /**
     * One cell of a table.
     *
     * @param reference claims that the reference simulator grants under the same seed, -1 where that is not recorded
     */
    public record Row(String figure, String series, double x, int granted, int reference) {}

    private record Cell(String figure, String series, double x, Sweep.Point point, int reference) {}

    /**
     * Simulates everything, and writes into {@code folder}: the table as {@code table.csv} and {@code table.arrow}, one SVG and PNG for each
     * figure of claims granted, and a folder as of {@link Simulation#run} for three loads.
     *
     * @param progress is told how many of {@link #size} simulations are done, from several threads
     */
    public static List<Row> run(Path folder, IntConsumer progress) throws IOException, InterruptedException {
        List<Cell> cells = cells();
        List<Sweep.Result> results = Sweep.run(cells.stream().map(Cell::point).toList(), progress);
        var rows = new ArrayList<Row>();
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            rows.add(new Row(cell.figure, cell.series, cell.x, results.get(i).granted(), cell.reference));
        }
        Files.createDirectories(folder);
        Table table = table(rows);
        try (Writer csv = Files.newBufferedWriter(folder.resolve("table.csv"))) {
            table.csv(csv);
        }
        table.arrow(folder.resolve("table.arrow"));
        for (var figure : figures(rows).entrySet()) figure.getValue().write(folder, figure.getKey());
        var done = new AtomicInteger(cells.size());
        for (var closer : closer().entrySet())
            closer.getValue().run(folder.resolve(closer.getKey()), _ -> progress.accept(done.incrementAndGet()));
        return rows;
    }

    private static Table table(List<Row> rows) {
        return new Table(rows.size())
                .text("figure", i -> rows.get(i).figure)
                .text("series", i -> rows.get(i).series)
                .number("x", i -> rows.get(i).x)
                .integer("granted", i -> (long) rows.get(i).granted)
                .integer("reference", i -> rows.get(i).reference < 0 ? null : (long) rows.get(i).reference);
    }

    /** How many simulations {@link #run} makes. */
    public static int size() {
        return cells().size()
                + closer().values().stream()
                        .mapToInt(simulation -> simulation.runs().size())
                        .sum();
    }

    /** Loads of which every claim is written, with claims granted over time, delays and what is left of the blocks. */
    private static Map<String, Simulation> closer() {
        var closer = new LinkedHashMap<String, Simulation>();
        closer.put(
                "single-block-runs",
                simulation(
                        Load.singleBlock(false), run(Policy.FCFS, 1), run(Policy.DPF_N, 125), run(Policy.RR_N, 100)));
        closer.put(
                "multi-block-runs",
                simulation(
                        Load.multiBlock(false),
                        run(Policy.FCFS, 1),
                        run(Policy.DPF_N, 100),
                        run(Policy.DPF_N, 175),
                        run(Policy.DPF_N, 375),
                        // As long as 175 claims take to arrive.
                        run(Policy.DPF_T, 13.671875),
                        run(Policy.RR_N, 175),
                        run(Policy.DPACK, 13.671875)));
        closer.put(
                "multi-block-renyi-runs",
                simulation(Load.multiBlock(true), run(Policy.FCFS, 1), run(Policy.DPF_N, HEAVY_N)));
        return closer;
    }

    private static Simulation simulation(Load load, Simulation.Run... runs) {
        return new Simulation(load, List.of(runs));
    }

    private static Simulation.Run run(Policy policy, double value) {
        return new Simulation.Run(policy, value, Balance.STANDARD);
    }

    private static List<Cell> cells() {
        var cells = new ArrayList<Cell>();
        Load multi = Load.multiBlock(false);
        int[] ns = {1, 75, 100, 125, 175, 375};
        int[] dpf = {1146, 1623, 2015, 2293, 2356, 2201};
        int[] robin = {1016, 1184, 1294, 1338, 1343, 741};
        for (int i = 0; i < ns.length; i++) {
            cells.add(new Cell("multi-block", "DPF-N", ns[i], new Sweep.Point(multi, Policy.DPF_N, ns[i]), dpf[i]));
            cells.add(new Cell("multi-block", "RR-N", ns[i], new Sweep.Point(multi, Policy.RR_N, ns[i]), robin[i]));
            cells.add(new Cell("multi-block", "FCFS", ns[i], new Sweep.Point(multi, Policy.FCFS, 1), 1146));
        }
        Load single = Load.singleBlock(false);
        int[] singleNs = {1, 50, 100, 125, 175, 225};
        int[] singleDpf = {46, 46, 82, 100, 100, 100};
        int[] singleRobin = {39, 42, 48, 45, 36, 24};
        for (int i = 0; i < singleNs.length; i++) {
            int n = singleNs[i];
            cells.add(new Cell("single-block", "DPF-N", n, new Sweep.Point(single, Policy.DPF_N, n), singleDpf[i]));
            cells.add(new Cell("single-block", "RR-N", n, new Sweep.Point(single, Policy.RR_N, n), singleRobin[i]));
            cells.add(new Cell("single-block", "FCFS", n, new Sweep.Point(single, Policy.FCFS, 1), 46));
        }
        for (int mice : new int[] {0, 25, 50, 75, 100}) {
            Load load = withMice(multi, mice / 100.0);
            cells.add(new Cell(
                    "multi-block-mice",
                    "DPF-N 175",
                    mice,
                    new Sweep.Point(load, Policy.DPF_N, 175),
                    mice == 75 ? 2356 : -1));
            cells.add(new Cell(
                    "multi-block-mice",
                    "RR-N 175",
                    mice,
                    new Sweep.Point(load, Policy.RR_N, 175),
                    mice == 75 ? 1343 : -1));
            cells.add(new Cell(
                    "multi-block-mice", "FCFS", mice, new Sweep.Point(load, Policy.FCFS, 1), mice == 75 ? 1146 : -1));
        }
        Load renyi = Load.multiBlock(true);
        for (double factor : new double[] {0.25, 0.5, 1, 2}) {
            double n = Math.rint(HEAVY_N * factor);
            cells.add(new Cell(
                    "multi-block-renyi",
                    "DPF-N",
                    n,
                    new Sweep.Point(renyi, Policy.DPF_N, n),
                    factor == 1 ? 53_228 : -1));
            cells.add(new Cell("multi-block-renyi", "FCFS", n, new Sweep.Point(renyi, Policy.FCFS, 1), -1));
        }
        Load singleRenyi = Load.singleBlock(true);
        for (double factor : new double[] {0.25, 0.5, 1, 2}) {
            double n = Math.rint(HEAVY_N * factor);
            cells.add(new Cell("single-block-renyi", "DPF-N", n, new Sweep.Point(singleRenyi, Policy.DPF_N, n), -1));
            cells.add(new Cell("single-block-renyi", "FCFS", n, new Sweep.Point(singleRenyi, Policy.FCFS, 1), -1));
        }
        return cells;
    }

    private static Load withMice(Load l, double share) {
        return new Load(
                l.seed(),
                l.duration(),
                l.arrivals(),
                l.interval(),
                l.staticBlocks(),
                l.blockInterval(),
                l.miceBlocks(),
                l.elephantBlocks(),
                l.miceBlocksShare(),
                l.miceEpsilon(),
                l.elephantEpsilon(),
                share,
                l.blockEpsilon(),
                l.blockDelta(),
                l.renyi(),
                l.timeout(),
                l.unusedDraws(),
                l.analysts(),
                l.demands(),
                l.heavyWeight(),
                l.heavyShare());
    }

    private static Map<String, Figure> figures(List<Row> rows) {
        var figures = new LinkedHashMap<String, Figure>();
        for (String name : rows.stream().map(Row::figure).distinct().toList()) {
            List<Row> of = rows.stream().filter(r -> r.figure.equals(name)).toList();
            var series = new ArrayList<Figure.Series>();
            for (String line : of.stream().map(Row::series).distinct().toList()) {
                List<Row> points =
                        of.stream().filter(r -> r.series.equals(line)).toList();
                series.add(new Figure.Series(
                        line,
                        points.stream().mapToDouble(Row::x).toArray(),
                        points.stream().mapToDouble(Row::granted).toArray()));
            }
            figures.put(
                    name,
                    new Figure(name + ": claims granted", name.endsWith("mice") ? "% mice" : "N", "granted", series));
        }
        return figures;
    }
}
