package dev.croft.app;

import dev.croft.app.cli.Croft;

/** The {@code croft} command. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(Croft.run(args));
    }
}
