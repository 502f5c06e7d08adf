package dev.croft.app.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = packaged();
        return new String[] {"croft " + (version == null ? "(not packaged)" : version)};
    }

    /** As Semantic Versioning has it, classes that are not in a jar too. */
    static String number() {
        String version = packaged();
        return version == null ? "0.0.0" : version;
    }

    private static @Nullable String packaged() {
        return Version.class.getPackage().getImplementationVersion();
    }
}
