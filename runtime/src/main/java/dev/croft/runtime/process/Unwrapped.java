package dev.croft.runtime.process;

import dev.croft.runtime.Mount;
import dev.croft.runtime.watch.Launch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * No sandbox: a process of this user, for machines without bubblewrap. Where a sandboxed workload would see {@code
 * /app}, {@code /croft}, {@code /work}, {@code /tmp} or a mount, the places of the host are put into its command and
 * environment instead, where a word, or a part of one after {@code :}, {@code =} or {@code ,}, begins with such a path.
 */
final class Unwrapped implements Sandbox {
    @Override
    public String script() {
        return """
                set -eu
                cd "$1"
                [ -p out ] && [ ! -e end.json ]
                read -r stat </proc/$$/stat
                printf '%s\\n' "$stat" >pid
                data=$3 file=$4
                shift 4
                while [ "$1" != -- ]; do echo 0 >"$1"; shift; done
                shift
                ulimit -c 0
                [ "$data" = - ] || ulimit -d "$data"
                [ "$file" = - ] || ulimit -f "$file"
                exec 0</dev/null 1<>out 2>&1
                "$@" &
                printf '{ "child-pid": %s }\\n' "$!" >status
                set +e
                wait "$!"
                printf '{ "exit-code": %s }\\n' "$?" >>status
                """;
    }

    @Override
    public List<String> command(Launch launch, Map<String, String> environment) {
        Map<String, String> places =
                new TreeMap<>((a, b) -> b.length() - a.length() != 0 ? b.length() - a.length() : a.compareTo(b));
        places.put("/work", launch.directory().resolve("scratch").toString());
        places.put("/tmp", launch.directory().resolve("tmp").toString());
        launch.files().ifPresent(files -> places.put("/app", files.toString()));
        launch.spec().door().ifPresent(door -> places.put("/croft", door.toString()));
        for (Mount mount : launch.spec().mounts()) {
            places.put(mount.target(), launch.source(mount).toString());
        }
        StringBuilder alternatives = new StringBuilder();
        places.keySet()
                .forEach(p ->
                        alternatives.append(alternatives.isEmpty() ? "" : "|").append(Pattern.quote(p)));
        Pattern pattern = Pattern.compile("(?<=^|[:=,])(" + alternatives + ")(?=$|[/:,])");

        List<String> words = new ArrayList<>(List.of("/usr/bin/env", "-i", "-C", places.get("/work")));
        environment.forEach((key, value) -> words.add(key + "=" + placed(pattern, places, value)));
        launch.spec().program().command().forEach(word -> words.add(placed(pattern, places, word)));
        return words;
    }

    private static String placed(Pattern pattern, Map<String, String> places, String text) {
        return pattern.matcher(text).replaceAll(m -> Matcher.quoteReplacement(places.get(m.group(1))));
    }

    @Override
    public int ownPids() {
        return 1;
    }

    static List<Path> scratch(Path directory) {
        return List.of(directory.resolve("scratch"), directory.resolve("tmp"));
    }
}
