package dev.croft.runtime.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a registry wants to be asked, from {@code WWW-Authenticate} (RFC 9110, section 11.6.1).
 *
 * @param scheme in lower case
 * @param parameters by their names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST = 8192;
    private static final int MOST = 32;

    Challenge {
        parameters = Map.copyOf(parameters);
    }

    /** All challenges of one header. */
    static List<Challenge> parse(String header) {
        if (header.length() > LONGEST) {
            throw new RegistryException.Misbehaved("its challenge is too long");
        }
        return new Parsing(header).all();
    }

    /** The realm as an address; it is https and has neither user nor fragment. */
    URI realm() {
        try {
            URI realm = new URI(parameters.getOrDefault("realm", ""));
            if ("https".equalsIgnoreCase(realm.getScheme())
                    && realm.getHost() != null
                    && realm.getRawUserInfo() == null
                    && realm.getRawFragment() == null) {
                return realm;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new RegistryException.Misbehaved("it names no place over TLS to get a token from");
    }

    /** The token in what a realm answered, checked to be one that fits a header. */
    static String token(byte[] answer) {
        JsonNode json;
        try {
            json = JSON.readTree(answer);
        } catch (IOException e) {
            throw new RegistryException.Misbehaved("what it says is a token is no JSON");
        }
        String token = json.path("token").asText(json.path("access_token").asText());
        if (!token.matches("[A-Za-z0-9._~+/-]{1,16384}=*")) {
            throw new RegistryException.Misbehaved("it sends no token");
        }
        return token;
    }

    private static final class Parsing {
        private final String text;
        private int at;

        Parsing(String text) {
            this.text = text;
        }

        List<Challenge> all() {
            List<Challenge> found = new ArrayList<>();
            String scheme = null;
            Map<String, String> parameters = new HashMap<>();
            for (skip(" \t,"); at < text.length(); skip(" \t,")) {
                String word = word();
                int after = at;
                skip(" \t");
                if (at < text.length() && text.charAt(at) == '=') {
                    at++;
                    skip(" \t");
                    String value = at < text.length() && text.charAt(at) == '"' ? quoted() : word();
                    must(scheme != null && parameters.put(word, value) == null);
                } else {
                    at = after;
                    if (scheme != null) {
                        found.add(new Challenge(scheme, parameters));
                    }
                    scheme = word;
                    parameters = new HashMap<>();
                }
                must(found.size() < MOST && parameters.size() < MOST);
            }
            if (scheme != null) {
                found.add(new Challenge(scheme, parameters));
            }
            return found;
        }

        private String word() {
            int start = at;
            while (at < text.length()
                    && (isAlphanumeric(text.charAt(at)) || "!#$%&'*+-.^_`|~".indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            must(at > start);
            return text.substring(start, at).toLowerCase(Locale.ROOT);
        }

        private static boolean isAlphanumeric(char c) {
            return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            for (at++; ; at++) {
                must(at < text.length());
                char c = text.charAt(at);
                if (c == '"') {
                    at++;
                    return value.toString();
                }
                if (c == '\\') {
                    at++;
                    must(at < text.length());
                    c = text.charAt(at);
                }
                must(c >= ' ' && c < 127);
                value.append(c);
            }
        }

        private void skip(String these) {
            while (at < text.length() && these.indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private static void must(boolean so) {
            if (!so) {
                throw new RegistryException.Misbehaved("its challenge cannot be understood");
            }
        }
    }
}
