package dev.croft.app.cli;

/** Documents one after the other as they come: a line each, or with {@code --json} together one JSON array. */
final class JsonLines implements AutoCloseable {
    private final Output output;
    private boolean any;

    JsonLines(Output output) {
        this.output = output;
    }

    void add(String json) {
        if (output.json()) {
            output.out().print(any ? ",\n" : "[\n");
        }
        any = true;
        output.out().print(json);
        if (!output.json()) {
            output.out().println();
        }
    }

    /** Ends the array. */
    @Override
    public void close() {
        if (output.json()) {
            output.out().println(any ? "\n]" : "[]");
        }
    }
}
